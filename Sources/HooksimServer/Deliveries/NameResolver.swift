import NIOCore
import Webhooks

/// Looks up the addresses of names, all names at once.
///
/// A lookup blocks its thread and can't be cancelled. So each has a thread of its own, up to ``LookupThreads/maxCount``, and a name that is
/// being looked up is not looked up once more: whatever else asks for it meanwhile gets the same result.
final class NameResolver: Sendable {
    /// Returns the addresses of a name in the order in which they are to be tried; none when it can't be resolved.
    typealias Lookup = @Sendable (_ name: String) -> [NetworkAddress]
    typealias Completion = ([NetworkAddress]) -> Void

    /// For how long ``check(_:timeout:)`` takes a name that was resolved for one that still can be.
    private static let trust = TimeAmount.seconds(30)
    private static let maxTrusted = 1000

    private struct State {
        /// What waits for each lookup under way.
        var completions: [String: [Completion]] = [:]
        /// The names that ``check(_:timeout:)`` need not look up, each until when.
        var trusted: [String: NIODeadline] = [:]
    }

    private let loop: any EventLoop
    private let state: NIOLoopBoundBox<State>
    private let threads = LookupThreads()
    private let lookup: Lookup

    init(loop: any EventLoop, lookup: @escaping Lookup) {
        self.loop = loop
        self.lookup = lookup
        state = .makeBoxSendingValue(State(), eventLoop: loop)
    }

    /// Looks up a name. To be used on the event loop, where the completion is called later.
    func addresses(of name: String, completion: @escaping Completion) {
        if state.value.completions[name]?.append(completion) != nil { return }
        state.value.completions[name] = [completion]
        threads.run { [self] in
            let addresses = lookup(name)
            loop.execute {
                for completion in self.state.value.completions.removeValue(forKey: name) ?? [] { completion(addresses) }
            }
        }
    }

    /// Returns once a name was resolved to an address that deliveries may be sent to.
    ///
    /// For a client that looks up names one after the other, and so must not be given one whose lookup takes long.
    /// - Throws: ``AttemptFailure``.
    func check(_ name: String, timeout: TimeSpan) async throws(AttemptFailure) {
        let checked = loop.makePromise(of: AttemptFailure?.self)
        loop.execute { [self] in
            if let end = state.value.trusted[name], end > .now() { return checked.succeed(nil) }
            let deadline = loop.scheduleTask(in: .milliseconds(timeout.milliseconds)) {
                checked.succeed(.lookupTimeout(name: name, within: timeout))
            }
            addresses(of: name) { [self] addresses in
                deadline.cancel()
                do throws(AttemptFailure) {
                    _ = try Self.allowed(addresses, of: name)
                    trust(name)
                    checked.succeed(nil)
                } catch {
                    checked.succeed(error)
                }
            }
        }
        // A promise that never fails.
        if let failure = try? await checked.futureResult.get() { throw failure }
    }

    private func trust(_ name: String) {
        if state.value.trusted.count >= Self.maxTrusted { state.value.trusted = [:] }
        state.value.trusted[name] = .now() + Self.trust
    }

    /// Returns those of a name's addresses that deliveries may be sent to, in the same order.
    /// - Throws: ``AttemptFailure`` when there are none.
    static func allowed(_ addresses: [NetworkAddress], of name: String) throws(AttemptFailure) -> [NetworkAddress] {
        guard let first = addresses.first else { throw .unresolvedName(name) }
        let allowed = addresses.filter { $0.reasonNotToDeliver == nil }
        if allowed.isEmpty, let reason = first.reasonNotToDeliver { throw .forbiddenAddress(reason) }
        return allowed
    }
}
