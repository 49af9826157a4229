import Testing
import Webhooks

@testable import HooksimServer

/// Tests of which attempt gets which connection, without sockets.
@Suite struct ConnectionQueueTests {
    final class Connection {}
    final class Attempt {
        let number: Int
        init(_ number: Int) { self.number = number }
    }

    typealias Queue = ConnectionQueue<Connection, Attempt>

    private let attempts = (0..<20).map(Attempt.init)

    /// Returns a queue in which all these attempts wait.
    private func queue(of attempts: some Sequence<Attempt>) -> Queue {
        var queue = Queue()
        for attempt in attempts { #expect(queue.connection(for: attempt) == nil) }
        return queue
    }

    @Test func `an attempt gets the connection that became idle last`() {
        var queue = Queue()
        let connections = [Connection(), Connection()]
        for connection in connections { #expect(queue.released(connection) == nil) }
        #expect(queue.connection(for: attempts[0]) === connections[1])
        #expect(queue.connection(for: attempts[1]) === connections[0])
        #expect(queue.connection(for: attempts[2]) == nil)
        #expect(queue.waitingCount == 1 && !queue.isEmpty)
    }

    @Test(arguments: [1, 7, 8, 9, 20])
    func `at most eight connections are being established, and no more than attempts wait`(count: Int) {
        var queue = queue(of: attempts[..<count])
        var begun: [Int] = []
        while let attempt = queue.beginEstablishing() { begun.append(attempt.number) }
        #expect(begun == Array(0..<min(8, count)))
        #expect(queue.establishing == min(8, count))
        // Each connection that is established lets another one begin, for the first attempt for which none was begun.
        for number in 0..<count {
            #expect(queue.established(Connection())?.number == number)
            let next = queue.beginEstablishing()?.number
            #expect(next == (number + 8 < count ? number + 8 : nil))
        }
        #expect(queue.isEmpty)
    }

    @Test func `a connection that becomes idle goes to the attempt that has waited longest`() {
        var queue = queue(of: attempts[..<2])
        _ = queue.beginEstablishing()
        #expect(queue.released(Connection())?.number == 0)
        #expect(queue.released(Connection())?.number == 1)
        // The connection that was still being established is kept.
        let late = Connection()
        #expect(queue.established(late) == nil)
        #expect(queue.connection(for: attempts[2]) === late)
    }

    @Test func `an attempt that is sent again takes only a new connection, before all others`() {
        var queue = queue(of: attempts[..<2])
        queue.resend(attempts[2])
        queue.resend(attempts[3])
        #expect(queue.released(Connection())?.number == 0)
        #expect(queue.beginEstablishing()?.number == 2)
        #expect(queue.beginEstablishing()?.number == 3)
        #expect(queue.beginEstablishing()?.number == 1)
        #expect(queue.beginEstablishing() == nil)
        #expect(queue.established(Connection())?.number == 2)
        #expect(queue.released(Connection())?.number == 1)
        let idle = Connection()
        #expect(queue.released(idle) == nil)
        #expect(queue.idle.first === idle && queue.waitingCount == 1)
        #expect(queue.established(Connection())?.number == 3)
    }

    @Test func `a connection that can't be established fails one attempt, and one that takes too long fails none`() {
        var queue = queue(of: attempts[..<3])
        while queue.beginEstablishing() != nil {}
        #expect(queue.failedToEstablish(isTimeout: false)?.number == 0)
        #expect(queue.failedToEstablish(isTimeout: true) == nil)
        #expect(queue.waitingCount == 2 && queue.establishing == 1)
        #expect(queue.beginEstablishing()?.number == 2)
    }

    @Test func `an attempt that has ended is not waited for`() {
        var queue = queue(of: attempts[..<3])
        queue.resend(attempts[3])
        queue.remove(attempts[1])
        queue.remove(attempts[3])
        queue.remove(attempts[4])
        #expect(queue.removeAllWaiting().map(\.number) == [0, 2])
        #expect(queue.isEmpty)
    }

    @Test func `a connection that was closed is forgotten, and so are those that were idle for long`() {
        var queue = Queue()
        let connections = (0..<4).map { _ in Connection() }
        for connection in connections { _ = queue.released(connection) }
        queue.remove(connections[1])
        let removed = queue.removeIdle { $0 !== connections[3] }
        #expect(removed.map(ObjectIdentifier.init) == [connections[0], connections[2]].map(ObjectIdentifier.init))
        #expect(queue.connection(for: attempts[0]) === connections[3])
    }

    /// Applies many events in random order, and checks all invariants after each of them.
    @Test(arguments: 0..<50)
    func `every attempt ends exactly once, whatever happens to the connections`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var queue = Queue()
        var inUse: [(Connection, Attempt)] = []
        var pending: Set<Int> = []
        var started = 0
        let end = { (attempt: Attempt?) in
            if let attempt { #expect(pending.remove(attempt.number) != nil, "attempt \(attempt.number) ended twice") }
        }
        let begin = { (attempt: Attempt?, connection: Connection) in
            if let attempt { inUse.append((connection, attempt)) }
        }
        for _ in 0..<2000 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0, 1:
                let attempt = Attempt(started)
                pending.insert(started)
                started += 1
                if let connection = queue.connection(for: attempt) { begin(attempt, connection) }
            case 2 where queue.establishing > 0:
                let connection = Connection()
                begin(queue.established(connection), connection)
            case 3 where queue.establishing > 0:
                end(queue.failedToEstablish(isTimeout: Bool.random(using: &generator)))
            case 4 where !inUse.isEmpty:
                let (connection, attempt) = inUse.remove(at: Int.random(in: inUse.indices, using: &generator))
                end(attempt)
                begin(queue.released(connection), connection)
            case 5 where !inUse.isEmpty:
                let (_, attempt) = inUse.remove(at: Int.random(in: inUse.indices, using: &generator))
                queue.resend(attempt)
            case 6:
                if let connection = queue.idle.randomElement(using: &generator) { queue.remove(connection) }
            default: break
            }
            while queue.beginEstablishing() != nil {}
            #expect(queue.establishing <= 8)
            #expect(queue.establishing >= min(8, queue.waitingCount))
            #expect(pending.count == inUse.count + queue.waitingCount)
        }
        while queue.establishing > 0 {
            end(queue.failedToEstablish(isTimeout: false))
            while queue.beginEstablishing() != nil {}
        }
        for (_, attempt) in inUse { end(attempt) }
        #expect(pending.isEmpty && queue.waitingCount == 0)
    }
}
