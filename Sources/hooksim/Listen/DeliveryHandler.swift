import HooksimClient
import Synchronization

/// Responds to deliveries and prints them, whichever way they arrive.
final class DeliveryHandler: Sendable {
    private let responses: DeliveryResponses
    private let printer: DeliveryPrinter
    /// The tasks of the deliveries that arrived over the connection and have no response yet, by their numbers.
    private let underWay = Mutex<[Int: Task<Void, Never>]>([:])
    /// The first error of the output.
    private let failure = Mutex<OutputError?>(nil)

    /// The real time between two looks at the reader of the output.
    private static let pause = Duration.milliseconds(200)

    init(responses: DeliveryResponses, printer: DeliveryPrinter) {
        self.responses = responses
        self.printer = printer
    }

    /// Returns only by throwing: the error of the output once it can't be written, or its reader has left.
    func outputFailure() async throws {
        while true {
            if let failure = failure.withLock({ $0 }) { throw failure }
            if ListenOutput.isClosed { throw OutputError.closed }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Returns the response to a delivery that has arrived on a port. A sender that gives up is not noticed, so the
    /// line is printed when there is a response.
    func respond(to delivery: ReceivedDelivery) async throws -> DeliveryResponse {
        let started = ContinuousClock.now
        do {
            let response = try await responses.respond(to: delivery)
            print(delivery, .responded(response), since: started)
            return response
        } catch {
            print(delivery, .abandoned, since: started)
            throw error
        }
    }

    /// Responds to a delivery that has arrived over the connection, in a task of its own.
    func begin(_ received: ListenerDelivery, of listener: String, _ client: ControlClient) {
        // The lock keeps the task from ending before it is known.
        underWay.withLock { tasks in
            tasks[received.number] = Task { [self] in
                await handle(received, of: listener, client)
                underWay.withLock { _ = $0.removeValue(forKey: received.number) }
            }
        }
    }

    /// Ends the work on a delivery whose response is not awaited any more.
    func abandon(_ number: Int) { underWay.withLock { $0[number] }?.cancel() }

    /// Ends the work on all deliveries, because the connection has ended.
    func abandonAll() {
        for task in underWay.withLock({ Array($0.values) }) { task.cancel() }
    }

    private func handle(_ received: ListenerDelivery, of listener: String, _ client: ControlClient) async {
        let started = ContinuousClock.now
        let delivery = ReceivedDelivery(received)
        guard var response = try? await responses.respond(to: delivery) else {
            return print(delivery, .abandoned, since: started)
        }
        let latency = ContinuousClock.now - started
        do {
            try await client.respond(
                to: received, of: listener, status: response.status, headers: response.headers, body: response.body)
        } catch HooksimError.refused(let refusal) where refusal.status == 409 {
            response.note = "too late: the simulator does not wait for the response any more"
        } catch {
            response.note = "the response did not reach the simulator"
        }
        print(delivery, .responded(response), latency)
    }

    private func print(
        _ delivery: ReceivedDelivery, _ outcome: DeliveryPrinter.Outcome, since started: ContinuousClock.Instant
    ) {
        print(delivery, outcome, ContinuousClock.now - started)
    }

    private func print(_ delivery: ReceivedDelivery, _ outcome: DeliveryPrinter.Outcome, _ latency: Duration) {
        do { try printer.print(delivery, outcome, after: latency) } catch {
            failure.withLock { $0 = $0 ?? error }
        }
    }
}
