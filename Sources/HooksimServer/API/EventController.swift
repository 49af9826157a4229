import Hummingbird
import StrictJSON
import Webhooks

/// `GET /webhooks/events` and `POST /webhooks/retry`: lists a client's events, and retries those that failed.
struct EventController: Sendable {
    let authenticator: Authenticator
    let store: Store
    let retry: RetryFailedEvents

    func addRoutes(to routes: inout Routes) {
        let query = ["limit", "after", "before", "topic", "status", "from_date", "to_date"]
        routes.add(.listEvents, query: query, by: authenticator) { request, _, client in
            try await list(request, of: client)
        }
        routes.add(.retryFailedEvents, by: authenticator) { _, _, client in try await retry(for: client) }
    }

    private func list(_ request: Request, of client: AuthenticatedClient) async throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        let page = PageRequest(query: query, failure: &failure)
        let filter = EventFilter(query: query, failure: &failure)
        try failure.check()

        return .json(.ok, try await store.read { try EventTable.page(page, filter, of: client.partner, $0) })
    }

    private func retry(for client: AuthenticatedClient) async throws -> Response {
        let count = try await retry.run(for: client)
        return .json(.ok, ["message": .string(Assumptions.retryMessage(count: count))])
    }
}
