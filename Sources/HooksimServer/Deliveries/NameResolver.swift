import NIOCore
import Webhooks

/// Looks up the addresses of names, all names at once.
///
/// A lookup blocks its thread and can't be cancelled. So each has a thread of its own, of which there are ``LookupThreads/maxCount`` beside
/// those whose lookup takes longer than ``patience``; and a name that is being looked up is not looked up once more: whatever else asks for
/// it meanwhile gets the same result.
final class NameResolver: Sendable {
    /// Returns the addresses of a name in the order in which they are to be tried; none when it can't be resolved.
    typealias Lookup = @Sendable (_ name: String) -> [NetworkAddress]
    typealias Completion = ([NetworkAddress]) -> Void

    /// How long a lookup counts among those under way. A name whose servers do not respond takes the system 5 to 30 seconds.
    static let patience = TimeAmount.milliseconds(250)

    private struct State {
        /// What waits for each lookup under way.
        var completions: [String: [Completion]] = [:]
        /// When each lookup under way counts no more.
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

    /// Looks up a name. To be used on the event loop, where the completion is called later.
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
