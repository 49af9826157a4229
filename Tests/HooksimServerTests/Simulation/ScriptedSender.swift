import Synchronization
import Webhooks

@testable import HooksimServer

/// Sends attempts nowhere: it responds to each by the seed, at once or when the simulation says so.
final class ScriptedSender: AttemptSender {
    /// An attempt that was started.
    struct Start: Sendable {
        let tick: Int
        let eventID: Identifier
        let entityID: String
        let endpointURL: String
        let attempt: Int
        let payload: [UInt8]
    }

    private struct Held {
        let delivery: OutgoingDelivery
        let completion: @Sendable (OutgoingDelivery, ReceiverResponse) -> Void
        let response: ReceiverResponse
    }

    private struct State {
        var starts: [Start] = []
        var held: [Held] = []
        var isHealthy = false
        var isDead = false
    }

    private let seed: UInt64
    private let clock: Ticker
    private let state = Mutex(State())
    /// Notified when a response is held back.
    private let holds = ChangeSignal()

    init(seed: UInt64, clock: Ticker) {
        self.seed = seed
        self.clock = clock
    }

    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverResponse) -> Void
    ) {
        for delivery in deliveries {
            let response = state.withLock { state -> ReceiverResponse? in
                if !state.isDead {
                    state.starts.append(
                        Start(
                            tick: clock.next(), eventID: delivery.eventID, entityID: delivery.entityID,
                            endpointURL: delivery.endpointURL, attempt: delivery.attempt, payload: delivery.payload))
                }
                let (response, isHeld) = self.response(to: delivery, state)
                guard isHeld else { return response }
                state.held.append(Held(delivery: delivery, completion: completion, response: response))
                return nil
            }
            if let response { completion(delivery, response) } else { holds.notify() }
        }
    }

    func shutdown() async throws {}

    /// Draws the response to an attempt, and whether it is held back: by what is sent, so that the order of sending does not matter.
    private func response(to delivery: OutgoingDelivery, _ state: State) -> (ReceiverResponse, isHeld: Bool) {
        guard !state.isHealthy else { return (Self.response(200), false) }
        var mixed = seed ^ UInt64(truncatingIfNeeded: delivery.attempt) &* 0x9E37_79B9_7F4A_7C15
        for byte in delivery.entityID.utf8 { mixed = mixed &* 1_099_511_628_211 ^ UInt64(byte) }
        var generator = SeededGenerator(seed: mixed)
        let isHeld = !delivery.endpointURL.contains(Marker.scenarioPath) && generator.next() % 8 == 0
        let response =
            switch generator.next() % 20 {
            case 0..<8: Self.response(200)
            case 8..<16: Self.response(500)
            case 16: Self.response(410)
            default: ReceiverResponse(result: AttemptResult(failure: .connectionRefused))
            }
        return (response, isHeld)
    }

    private static func response(_ status: Int) -> ReceiverResponse {
        ReceiverResponse(result: AttemptResult(statusCode: status))
    }

    // MARK: What the simulation asks and says

    /// How many responses are held back.
    var heldCount: Int { state.withLock { $0.held.count } }

    /// Returns once a response is held back, or when the task is cancelled.
    func waitUntilHolding() async {
        while !Task.isCancelled {
            let version = holds.version
            if heldCount > 0 { return }
            await holds.wait(after: version)
        }
    }

    /// Returns the attempts that were started since it was asked last.
    func takeStarts() -> [Start] {
        state.withLock { state in
            defer { state.starts = [] }
            return state.starts
        }
    }

    /// Responds to up to `limit` of the attempts that wait, the oldest first.
    func release(_ limit: Int = .max) {
        let released = state.withLock { state in
            let count = min(limit, state.held.count)
            defer { state.held.removeFirst(count) }
            return Array(state.held.prefix(count))
        }
        for held in released { held.completion(held.delivery, held.response) }
    }

    /// Responds with 200 to all that is sent from now on, and releases what waits.
    func recover() {
        state.withLock { $0.isHealthy = true }
        release()
    }

    /// Ends with its world: what is sent from now on is not noted any more, and nothing waits.
    func die() {
        state.withLock { state in
            state.isDead = true
            state.isHealthy = true
        }
        release()
    }
}
