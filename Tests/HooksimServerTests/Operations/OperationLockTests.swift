import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

/// Counts the tasks in the shared and in the exclusive section.
private final class Inside: Sendable {
    private let state = Mutex((shared: 0, exclusive: 0))

    var counts: [Int] { state.withLock { [$0.shared, $0.exclusive] } }

    func change(shared: Int = 0, exclusive: Int = 0) {
        state.withLock { state in
            state.shared += shared
            state.exclusive += exclusive
        }
    }
}

@Suite struct OperationLockTests {
    /// Keeps the order of the operations of several tasks.
    private final class Log: Sendable {
        let entries = Mutex<[String]>([])
        let changes = ChangeSignal()

        func note(_ entry: String) {
            entries.withLock { $0.append(entry) }
            changes.notify()
        }

        func wait(for entry: String) async {
            while true {
                let version = changes.version
                if entries.withLock({ $0.contains(entry) }) { return }
                await changes.wait(after: version)
            }
        }
    }

    @Test func `an exclusive operation waits for those before it, and those after it wait for it`() async throws {
        let lock = OperationLock()
        let log = Log()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await lock.shared {
                    log.note("first begins")
                    await log.wait(for: "the others wait")
                    log.note("first ends")
                }
            }
            await log.wait(for: "first begins")
            group.addTask { await lock.exclusive { log.note("alone") } }
            while lock.waitingCount < 1 { await Task.yield() }
            group.addTask { await lock.shared { log.note("last") } }
            while lock.waitingCount < 2 { await Task.yield() }
            log.note("the others wait")
            try await group.waitForAll()
        }
        #expect(log.entries.withLock { $0 } == ["first begins", "the others wait", "first ends", "alone", "last"])
    }

    @Test func `operations that share the lock run side by side`() async {
        let lock = OperationLock()
        let log = Log()
        await withTaskGroup { group in
            group.addTask {
                await lock.shared {
                    log.note("a")
                    await log.wait(for: "b")
                }
            }
            group.addTask {
                await lock.shared {
                    log.note("b")
                    await log.wait(for: "a")
                }
            }
        }
    }

    @Test func `an exclusive operation is never beside another one, whatever comes together`() async {
        let lock = OperationLock()
        let inside = Inside()
        await withTaskGroup { group in
            for number in 0..<400 {
                group.addTask {
                    if number % 7 == 0 {
                        await lock.exclusive {
                            inside.change(exclusive: 1)
                            await Task.yield()
                            #expect(inside.counts == [0, 1])
                            inside.change(exclusive: -1)
                        }
                    } else {
                        await lock.shared {
                            inside.change(shared: 1)
                            await Task.yield()
                            #expect(inside.counts[1] == 0)
                            inside.change(shared: -1)
                        }
                    }
                }
            }
        }
    }
}

@Suite struct TurnQueueTests {
    @Test(arguments: [1, 3]) func `no more tasks than the limit have their turn at once`(limit: Int) async throws {
        let turns = TurnQueue(limit: limit)
        let inside = Inside()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await turns.withTurn {
                        inside.change(exclusive: 1)
                        #expect(inside.counts[1] <= limit)
                        await Task.yield()
                        inside.change(exclusive: -1)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a task that is cancelled while it waits loses its turn, and no other does`() async throws {
        let turns = TurnQueue()
        let (held, release) = AsyncStream<Void>.makeStream()
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let first = Task {
            try await turns.withTurn {
                begin.finish()
                for await _ in held {}
            }
        }
        for await _ in begun {}
        let second = Task { try await turns.withTurn { Issue.record("a cancelled task had its turn") } }
        let third = Task { try await turns.withTurn { true } }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        release.finish()
        try await first.value
        #expect(try await third.value)
    }
}
