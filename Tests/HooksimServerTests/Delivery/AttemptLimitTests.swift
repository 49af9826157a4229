import Logging
import NIOCore
import Synchronization
import Testing
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@testable import HooksimServer

/// Tests of the number of attempts in progress, and of attempts for which there is no socket.
@Suite struct AttemptLimitTests {
    @Test func `attempts begin in turn, so many at a time as are allowed`() {
        var limit = AttemptLimit<Int>(max: 2)
        for attempt in 1...4 { limit.add(attempt) }
        #expect(limit.next() == 1 && limit.next() == 2 && limit.next() == nil)
        limit.ended()
        #expect(limit.next() == 3 && limit.next() == nil)
        limit.ended()
        limit.ended()
        #expect(limit.next() == 4 && limit.next() == nil)
    }

    @Test func `attempts that could not begin are the first that do later`() {
        var limit = AttemptLimit<Int>(max: 3)
        for attempt in 1...5 { limit.add(attempt) }
        #expect(limit.next() == 1 && limit.next() == 2 && limit.next() == 3)
        limit.putBack([2, 3])
        #expect(limit.next() == 2 && limit.next() == 3 && limit.next() == nil)
        limit.ended()
        #expect(limit.next() == 4 && limit.next() == nil)
    }

    @Test func `nearly half of the files are for clients, and nearly all others for attempts`() {
        for (limit, clients, refused, attempts) in [
            (64, 16, 4, 16), (1024, 448, 32, 480), (20_000, 8192, 64, 11_680), (1, 1, 4, 1),
        ] {
            #expect(OpenFiles.forClients(of: limit) == clients)
            #expect(OpenFiles.forRefusedClients(of: limit) == refused)
            #expect(OpenFiles.forAttempts(of: limit) == attempts)
        }
    }

    private static func send(
        _ number: UInt64, to url: String, by sender: DeliverySender, timeout: TimeSpan = .minutes(1)
    ) async -> AttemptResult? {
        do {
            return await sender.send(try .test(to: url, number: number), timeout: timeout).result
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test(arguments: Scheme.allCases)
    func `attempts over the limit wait for their turn, and go over the connections of those before`(
        scheme: Scheme
    ) async throws {
        let receiver = try await Receiver(scheme) { _, _ in .hold }
        try await withSender(maxAttempts: 3) { sender in
            await withTaskGroup(of: AttemptResult?.self) { group in
                for number: UInt64 in 1...30 {
                    group.addTask { await Self.send(number, to: receiver.url, by: sender) }
                }
                await receiver.wait(untilReceived: 3)
                #expect(receiver.received.count == 3)
                receiver.release()
                for await result in group { #expect(result == AttemptResult(statusCode: 200)) }
            }
        }
        #expect(receiver.received.count == 30)
        // On a busy machine a connection can be replaced because it seems not to be served.
        #expect(receiver.received.count { $0.placeOnConnection == 0 } < 15)
        try await receiver.stop()
    }

    @Test func `the time of an attempt begins with its turn`() async throws {
        let silent = try await Receiver { _, _ in .hang }
        let healthy = try await Receiver()
        try await withSender(maxAttempts: 1) { sender in
            async let first = Self.send(1, to: silent.url, by: sender, timeout: .seconds(5))
            await silent.wait(untilReceived: 1)
            // The second attempt's timeout passes before the first attempt ends.
            let second = await Self.send(2, to: healthy.url, by: sender, timeout: .seconds(4))
            #expect(second == AttemptResult(statusCode: 200))
            let ended = await first
            #expect(ended?.failure == .responseTimeout(within: .seconds(5)))
        }
        try await silent.stop()
        try await healthy.stop()
    }

    @Test func `the connection that has been idle longest makes room for a new one`() async throws {
        let receivers = [try await Receiver(), try await Receiver(), try await Receiver()]
        try await withSender(maxAttempts: 2) { sender in
            for number in [0, 1, 2, 1, 0] {
                let result = await Self.send(1, to: receivers[number].url, by: sender)
                #expect(result == AttemptResult(statusCode: 200))
            }
        }
        #expect(receivers[0].received.map(\.placeOnConnection) == [0, 0])
        #expect(receivers[1].received.map(\.placeOnConnection) == [0, 1])
        for receiver in receivers { try await receiver.stop() }
    }

    @Test(arguments: [EMFILE, ENFILE])
    func `an attempt that the process can open no socket for waits until it can`(code: CInt) async throws {
        let receiver = try await Receiver()
        let requests = Mutex(0)
        let warnings = LogLines(from: .warning)
        let beforeSocket: @Sendable () throws -> Void = {
            let count = requests.withLock { count in
                count += 1
                return count
            }
            if count <= 12 { throw IOError(errnoCode: code, reason: "socket") }
        }
        try await withSender(beforeSocket: beforeSocket, logger: warnings.logger) { sender in
            await withTaskGroup(of: AttemptResult?.self) { group in
                for number: UInt64 in 1...20 {
                    group.addTask { await Self.send(number, to: receiver.url, by: sender) }
                }
                for await result in group { #expect(result == AttemptResult(statusCode: 200)) }
            }
        }
        #expect(receiver.received.count == 20)
        #expect(warnings.count == 1)
        try await receiver.stop()
    }
}
