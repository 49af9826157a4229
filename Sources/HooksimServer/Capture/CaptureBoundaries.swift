import Synchronization

/// The moments at which everything, or everything of one client, was removed.
///
/// A request that began before such a moment and ends after it belongs to what was removed: nothing of it may be written into what
/// comes after. The owner of a list of requests asks for it under its own lock, which it takes for removing requests as well.
final class CaptureBoundaries: Sendable {
    /// When a request began, in the order of requests and removals.
    struct Stamp: Sendable {
        fileprivate let number: Int
    }

    fileprivate struct State {
        /// Counts the removals.
        var number = 0
        var ofAll = 0
        var ofClients: [String: Int] = [:]
        /// How many requests are under way, by the number at which they began.
        var underWay: [Int: Int] = [:]
        /// How many clients are kept before those are looked for that no request can ask for.
        var pruningCount = 64
    }

    private let state = Mutex(State())

    /// Returns the stamp of a request that begins. It is given back with ``end(_:)``.
    func begin() -> Stamp {
        state.withLock { state in
            state.underWay[state.number, default: 0] += 1
            return Stamp(number: state.number)
        }
    }

    /// Ends a request; nothing asks for its stamp afterwards.
    func end(_ stamp: Stamp) {
        state.withLock { state in
            let count = state.underWay[stamp.number] ?? 0
            state.underWay[stamp.number] = count > 1 ? count - 1 : nil
        }
    }

    /// Marks the moment at which everything of one client was removed, or with `nil` everything of all.
    func mark(clientID: String? = nil) {
        state.withLock { state in
            state.number += 1
            guard let clientID else {
                state.ofAll = state.number
                state.ofClients = [:]
                return
            }
            state.ofClients[clientID] = state.number
            state.prune()
        }
    }

    /// Returns whether what a request is about was removed since it began.
    ///
    /// - Parameter clientID: the client of the request; `nil` where it has none.
    func isPast(_ stamp: Stamp, clientID: String?) -> Bool {
        state.withLock { state in
            let boundary = clientID.flatMap { state.ofClients[$0] } ?? 0
            return stamp.number < max(boundary, state.ofAll)
        }
    }

    /// How many clients are kept.
    var clientCount: Int { state.withLock { $0.ofClients.count } }
}

extension CaptureBoundaries.State {
    /// Forgets the clients whose boundary is older than all requests under way.
    fileprivate mutating func prune() {
        guard ofClients.count > pruningCount else { return }
        let oldest = underWay.keys.min() ?? number
        ofClients = ofClients.filter { $0.value > oldest }
        pruningCount = max(64, 2 * ofClients.count)
    }
}
