import Hummingbird
import Webhooks

/// `GET /webhooks/events` and `POST /webhooks/retry`.
struct EventController: Sendable {
    let authenticator: Authenticator
    let store: Store
    let clock: SimulatedClock
    let worker: DeliveryWorker

    func addRoutes(to routes: inout Routes) {
        routes.add(
            .get, "/webhooks/events", "listEvents",
            query: ["limit", "after", "before", "topic", "status", "from_date", "to_date"]
        ) { try await list($0, $1) }
        routes.add(.post, "/webhooks/retry", "retryFailedEvents") { try await retry($0, $1) }
    }

    private func list(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let client = try authenticator.authenticate(request, context, needs: .read)
        let query = try request.queryFields()
        var failure = ValidationFailure()
        let page = PageRequest(query: query, failure: &failure)
        let filter = EventFilter(query: query, failure: &failure)
        try failure.check()

        return .json(.ok, try await store.read { try EventTable.page(page, filter, of: client.partner, $0) })
    }

    private func retry(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let client = try authenticator.authenticate(request, context, needs: .write)
        let now = clock.now
        let requeued = try await store.write { session in
            try EventTable.requeueFailed(partner: client.partner.row, at: now, session)
        }
        worker.wake(requeued.subscriptions, at: now)
        return .json(.ok, ["message": .string(Assumptions.retryMessage(count: requeued.count))])
    }
}
