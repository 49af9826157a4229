import Hummingbird
import Webhooks

/// The events of all partners in the control API, with their attempts, and the request that resends one.
struct EventInspectionController: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let resend: ResendEvent
    let defaultClient: DefaultClient

    func addRoutes(to routes: inout Routes) {
        routes.add(
            .get, "/__admin/events", "listAllEvents",
            query: ["client_id", "limit", "after", "before", "topic", "status", "from_date", "to_date"],
            mayBeUnknown: true
        ) { try await list($0, $1) }
        routes.add(.get, "/__admin/events/{id}", "getEvent") { try await get($0, $1) }
        routes.add(.post, "/__admin/events/{id}/resend", "resendEvent", mayConflict: true) { try await resend($0, $1) }
    }

    /// Lists the events of a partner as `GET /webhooks/events` does; without a `client_id`, those of the default
    /// client.
    private func list(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        let page = PageRequest(query: query, failure: &failure)
        let filter = EventFilter(query: query, failure: &failure)
        let clientID = failure.value(query, "client_id")
        try failure.check()
        let partner = try partners.find(clientID: clientID ?? defaultClient.clientID)
        return .json(.ok, try await store.read { try EventTable.page(page, filter, of: partner, $0) })
    }

    private func get(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try context.identifier("id")
        let bytes = try await store.read { try EventTable.inspection(id, $0) }
        guard let bytes else { throw APIError.unknownEvent(id) }
        return .json(.ok, bytes)
    }

    private func resend(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        .json(.ok, try await resend.run(try context.identifier("id")))
    }
}
