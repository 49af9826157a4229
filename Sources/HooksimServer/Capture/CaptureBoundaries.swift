import Synchronization

/// The moments at which all data, or all data of one client, was removed.
///
/// A request that began before such a moment and ends after it concerns removed data: it must not be added to the data
/// that follows. The owner of a list of requests calls ``isPast(_:clientID:)`` under the lock that it also holds when
/// it removes requests.
final class CaptureBoundaries: Sendable {
    /// The beginning of a request in the order of requests and removals.
    struct Stamp: Sendable {
        fileprivate let number: Int
    }

    fileprivate struct State {
        /// The number of removals so far.
        var number = 0
        var ofAll = 0
        var ofClients: [String: Int] = [:]
        /// The number of requests under way, by the number of removals at their beginning.
        var underWay: [Int: Int] = [:]
        /// The number of stored clients above which those are removed that no request under way can concern.
        var pruningCount = 64
    }

    private let state = Mutex(State())

    /// Returns the stamp of a request that begins. The request must end with ``end(_:)``.
    func begin() -> Stamp {
        state.withLock { state in
            state.underWay[state.number, default: 0] += 1
            return Stamp(number: state.number)
        }
    }

    /// Ends a request; its stamp must not be used afterwards.
    func end(_ stamp: Stamp) {
        state.withLock { state in
            let count = state.underWay[stamp.number] ?? 0
            state.underWay[stamp.number] = count > 1 ? count - 1 : nil
        }
    }

    /// Marks the removal of all data of one client, or, if `clientID` is `nil`, of all data.
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

    /// Returns whether the data that a request concerns has been removed since it began.
    ///
    /// - Parameter clientID: The client of the request; `nil` if it has none.
    func isPast(_ stamp: Stamp, clientID: String?) -> Bool {
        state.withLock { state in
            let boundary = clientID.flatMap { state.ofClients[$0] } ?? 0
            return stamp.number < max(boundary, state.ofAll)
        }
    }

    /// The number of stored clients.
    var clientCount: Int { state.withLock { $0.ofClients.count } }
}

extension CaptureBoundaries.State {
    /// Removes the clients whose boundary is not later than the beginning of any request under way.
    fileprivate mutating func prune() {
        guard ofClients.count > pruningCount else { return }
        let oldest = underWay.keys.min() ?? number
        ofClients = ofClients.filter { $0.value > oldest }
        pruningCount = max(64, 2 * ofClients.count)
    }
}
