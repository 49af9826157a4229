import class Foundation.NSCondition
import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of names that have to be looked up, with some lookups that take long.
@Suite struct NameResolutionTests {
    private static let here = NetworkAddress("127.0.0.1")!

    @Test(arguments: Scheme.allCases)
    func `100 names whose lookup does not end keep no other name from being resolved`(scheme: Scheme) async throws {
        let receiver = try await Receiver(scheme)
        let lookups = BlockedLookups { $0.hasPrefix("dead") }
        try await withSender(lookup: lookups.lookup) { sender in
            await withTaskGroup(of: AttemptResult.self) { group in
                defer { lookups.release() }
                for number in 1...100 {
                    let url = "\(scheme)://dead\(number).test:\(receiver.port)/"
                    group.addTask { await Self.send(to: url, by: sender) }
                }
                await lookups.wait(untilAsked: LookupThreads.maxCount)
                let result = await Self.send(to: "\(scheme)://alive.test:\(receiver.port)/", by: sender)
                #expect(result == AttemptResult(statusCode: 200))
                #expect(receiver.received.count == 1)
                lookups.release()
                for await late in group { #expect(late == AttemptResult(statusCode: 200)) }
            }
        }
        #expect(receiver.received.count == 101)
        try await receiver.stop()
    }

    @Test func `what asks for a name that is being looked up waits for the same lookup`() async throws {
        let (first, second) = (try await Receiver(), try await Receiver())
        let lookups = BlockedLookups { $0 == "slow.test" }
        try await withSender(lookup: lookups.lookup) { sender in
            defer { lookups.release() }
            // Two ports have separate connections, but share one name and so one lookup.
            let urls = ["http://slow.test:\(first.port)/", "http://SLOW.test:\(second.port)/"]
            let deliveries = try (0..<20).map { try OutgoingDelivery.test(to: urls[$0 % 2]) }
            let (results, ended) = AsyncStream.makeStream(of: AttemptResult.self)
            sender.send(deliveries, timeout: .minutes(1)) { ended.yield($1.result) }
            await lookups.wait(untilAsked: 1)
            lookups.release()
            for await result in results.prefix(20) { #expect(result == AttemptResult(statusCode: 200)) }
            #expect(lookups.asked == ["slow.test"])
        }
        #expect(first.received.count == 10 && second.received.count == 10)
        try await first.stop()
        try await second.stop()
    }

    @Test(arguments: [["nowhere.test"], ["nowhere.test", "No.Where.test"]])
    func `a name that can't be resolved is reported as such`(names: [String]) async throws {
        try await withSender(lookup: { _ in [] }) { sender in
            for name in names {
                for scheme in ["http", "https"] {
                    let result = await Self.send(to: "\(scheme)://\(name)/", by: sender)
                    #expect(result == AttemptResult(failure: .unresolvedName(name)))
                    #expect(result.failure?.description == "the name \(name) can't be resolved")
                }
            }
        }
    }

    @Test(arguments: ["http", "https"])
    func `a lookup that does not end in time is reported as such`(scheme: String) async throws {
        let lookups = BlockedLookups { _ in true }
        try await withSender(lookup: lookups.lookup) { sender in
            defer { lookups.release() }
            // These are more attempts than can begin at once, so some of them wait in the queue.
            await withTaskGroup(of: AttemptResult.self) { group in
                for _ in 1...20 {
                    group.addTask {
                        await Self.send(to: "\(scheme)://dead.test/", by: sender, timeout: .milliseconds(200))
                    }
                }
                for await result in group {
                    #expect(
                        result.failure == .lookupTimeout(name: "dead.test", within: .milliseconds(200)), "\(result)")
                }
            }
            #expect(lookups.asked == ["dead.test"])
        }
    }

    /// The addresses that a name resolves to, and the failure of an attempt to it; 127.0.0.2 and ::1 refuse
    /// connections.
    static let addresses: [(texts: [String], failure: AttemptFailure?)] = [
        (["127.0.0.1"], nil), (["127.0.0.2", "127.0.0.1"], nil), (["::1", "127.0.0.2", "127.0.0.1"], nil),
        (["127.0.0.2", "::ffff:127.0.0.1"], nil), (["169.254.169.254", "127.0.0.1"], nil),
        (["127.0.0.2"], .connectionRefused), (["127.0.0.2", "169.254.169.254"], .connectionRefused),
        (["169.254.169.254"], .forbiddenAddress("a link-local address")),
        (["::ffff:a9fe:a9fe", "100.100.100.200"], .forbiddenAddress("a link-local address")),
        (["fe80::1"], .forbiddenAddress("a link-local address")),
    ]

    @Test(arguments: addresses, Scheme.allCases)
    func `the addresses of a name are tried in order, but for those where nothing is ever sent`(
        name: (texts: [String], failure: AttemptFailure?), scheme: Scheme
    ) async throws {
        let failure = name.failure
        let receiver = try await Receiver(scheme)
        try await withSender(lookup: { _ in name.texts.compactMap { NetworkAddress($0) } }) { sender in
            let result = await Self.send(to: "\(scheme)://shop.test:\(receiver.port)/", by: sender)
            #expect(result.failure == failure)
            #expect(result.isSuccess == (failure == nil))
        }
        #expect(receiver.received.count == (failure == nil ? 1 : 0))
        try await receiver.stop()
    }

    @Test func `a name is looked up anew for a connection after one that failed`() async throws {
        let receiver = try await Receiver()
        let asked = Mutex(0)
        let lookup: NameResolver.Lookup = { _ in
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return count == 1 ? [NetworkAddress("127.0.0.2")!] : [Self.here]
        }
        try await withSender(lookup: lookup) { sender in
            let url = "http://moved.test:\(receiver.port)/"
            #expect(await Self.send(to: url, by: sender).failure == .connectionRefused)
            #expect(await Self.send(to: url, by: sender).isSuccess)
            #expect(await Self.send(to: url, by: sender).isSuccess)
        }
        // The third attempt used the connection of the second one, so it needed no lookup.
        #expect(asked.withLock { $0 } == 2)
        try await receiver.stop()
    }

    @Test func `at most 32 lookups are under way beside those that take long, and each has its turn`() async {
        let threads = LookupThreads()
        let gate = BlockedLookups { _ in true }
        for _ in 1...40 { threads.run { _ = gate.lookup("\($0)") } }
        await gate.wait(untilAsked: 32)
        #expect(gate.asked.count == 32)
        // The number of a lookup that is not in progress, or that was already marked as slow, lets no other lookup
        // begin.
        for number in [40, 1, 1, 2, 3] { threads.setSlow(number) }
        await gate.wait(untilAsked: 35)
        #expect(gate.asked.count == 35)
        gate.release()
        await gate.wait(untilAsked: 40)
        #expect(Set(gate.asked) == Set((1...40).map(String.init)))
    }

    @Test func `at most 512 lookups are under way in all`() async {
        let threads = LookupThreads()
        let gate = BlockedLookups { _ in true }
        for _ in 1...600 { threads.run { _ = gate.lookup("\($0)") } }
        for number in 1...600 {
            await gate.wait(untilAsked: min(number, LookupThreads.maxThreads))
            threads.setSlow(number)
        }
        #expect(gate.asked.count == 512)
        gate.release()
        await gate.wait(untilAsked: 600)
        #expect(Set(gate.asked).count == 600)
    }

    @Test func `the system knows this machine's name, and not one that can't be`() {
        #expect(SystemLookup.addresses(of: "localhost").contains { $0.isLoopback })
        #expect(SystemLookup.addresses(of: "127.0.0.1") == [Self.here])
        #expect(SystemLookup.addresses(of: "no name at all").isEmpty)
    }

    private static func send(
        to url: String, by sender: DeliverySender, timeout: TimeSpan = .minutes(1)
    ) async -> AttemptResult {
        do {
            return await sender.send(try .test(to: url), timeout: timeout).result
        } catch {
            Issue.record(error)
            return AttemptResult()
        }
    }
}

/// Lookups of which some do not end before they are released. All names but `nowhere.test` resolve to this machine.
private final class BlockedLookups: Sendable {
    private struct State {
        var asked: [String] = []
        var isReleased = false
    }

    private let isBlocked: @Sendable (String) -> Bool
    private let state = Mutex(State())
    private let released = NSCondition()
    private let changes = ChangeSignal()

    init(isBlocked: @escaping @Sendable (String) -> Bool) { self.isBlocked = isBlocked }

    var asked: [String] { state.withLock { $0.asked } }

    /// Looks a name up, and blocks its thread, as a real lookup does.
    @Sendable func lookup(_ name: String) -> [NetworkAddress] {
        state.withLock { $0.asked.append(name) }
        changes.notify()
        released.withLock {
            while isBlocked(name), !state.withLock({ $0.isReleased }) { released.wait() }
        }
        return name == "nowhere.test" ? [] : [NetworkAddress("127.0.0.1")!]
    }

    func release() {
        state.withLock { $0.isReleased = true }
        released.withLock { released.broadcast() }
    }

    /// Returns once this number of lookups have begun.
    func wait(untilAsked count: Int) async {
        while true {
            let version = changes.version
            if asked.count >= count { return }
            await changes.wait(after: version)
        }
    }
}
