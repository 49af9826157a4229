import NIOCore
import Webhooks

/// Resolves names to addresses, several names at a time.
///
/// A lookup blocks its thread and cannot be cancelled. Therefore each lookup runs on a thread of its own; at most
/// ``LookupThreads/maxCount`` run at a time, not counting those that take longer than ``patience``. Requests for a name
/// that is already being looked up share the result of that lookup.
final class NameResolver: Sendable {
    /// Returns the addresses of a name in the order in which they are to be tried; an empty array if it cannot be
    /// resolved.
    typealias Lookup = @Sendable (_ name: String) -> [NetworkAddress]
    typealias Completion = ([NetworkAddress]) -> Void

    /// The time after which a lookup is marked as slow. The system takes 5 to 30 seconds for a name whose name servers
    /// do not respond.
    static let patience = TimeAmount.milliseconds(250)

    private struct State {
        /// The completions of each lookup under way, by name.
        var completions: [String: [Completion]] = [:]
        /// The timers that mark lookups under way as slow, by name.
        var timers: [String: Scheduled<Void>] = [:]
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

    /// Looks up a name. Must be called on the event loop, on which the completion is called later.
    func addresses(of name: String, completion: @escaping Completion) {
        if state.value.completions[name]?.append(completion) != nil { return }
        state.value.completions[name] = [completion]
        threads.run { [self] number in
            loop.execute { self.limit(name, number) }
            let addresses = lookup(name)
            loop.execute {
                self.state.value.timers.removeValue(forKey: name)?.cancel()
                for completion in self.state.value.completions.removeValue(forKey: name) ?? [] { completion(addresses) }
            }
        }
    }

    private func limit(_ name: String, _ number: Int) {
        state.value.timers[name] = loop.scheduleTask(in: Self.patience) { self.threads.setSlow(number) }
    }
}
