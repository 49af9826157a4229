import Hummingbird
import Webhooks

/// `GET /webhooks/events` and `POST /webhooks/retry`.
struct EventController: Sendable {
    let authenticator: Authenticator
    let store: Store
    let retry: RetryFailedEvents

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
        let count = try await retry.run(for: client)
        return .json(.ok, ["message": .string(Assumptions.retryMessage(count: count))])
    }
}
