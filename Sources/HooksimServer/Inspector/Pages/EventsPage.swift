import Hummingbird
import Webhooks

/// The page of a partner's events, filtered and paged as in the API.
struct EventsPage: Sendable {
    let frame: InspectorFrame
    let store: Store
    let partners: PartnerRegistry
    let defaultClient: DefaultClient

    func show(_ request: Request) async throws -> Response {
        let query = try request.queryFields()
        let chosen = { (name: String) in query.first(name) ?? "" }
        let clientID = chosen("client_id").isEmpty ? defaultClient.clientID : chosen("client_id")
        // An empty field of the form is no filter.
        let given = FormFields(fields: query.fields.filter { !$0.value.isEmpty && $0.name != "notice" })
        var found: (events: [StoredEvent], edges: PageQuery.Edges)?
        var problem: String?
        do {
            found = try await page(given, clientID: clientID)
        } catch let error as APIError {
            problem = error.message
        } catch let failure as ValidationFailure {
            problem = APIError.validation(failure).message
        }
        let rows = (found?.events ?? []).map(row)
        var context: [String: Any] = [
            "events": rows, "hasEvents": !rows.isEmpty, "from_date": chosen("from_date"), "to_date": chosen("to_date"),
            "clientOptions": Choice.options(partners.all.map(\.partner.clientID), chosen: clientID),
            "topicOptions": Choice.options(Topic.allCases.map(\.rawValue), chosen: chosen("topic")),
            "statusOptions": Choice.options(EventStatus.allCases.map(\.rawValue), chosen: chosen("status")),
            "isFiltered": given.fields.contains { $0.name != "client_id" },
        ]
        context["problem"] = problem
        if let edges = found?.edges {
            if edges.hasPrevious { context["newer"] = link(given, "before", edges.start) }
            if edges.hasNext { context["older"] = link(given, "after", edges.end) }
        }
        return frame.render("events", title: "Events", request, status: problem == nil ? .ok : .badRequest, context)
    }

    private func row(_ event: StoredEvent) -> [String: Any] {
        [
            "id": event.id.description, "topic": event.topic.rawValue, "entity_id": event.entityID,
            "status": event.status.rawValue, "attempts": event.attempts, "time": frame.time(event.createdAt),
            "last": event.lastError ?? event.lastStatusCode.map(String.init) ?? "",
        ]
    }

    private func page(
        _ query: FormFields, clientID: String
    ) async throws -> (events: [StoredEvent], edges: PageQuery.Edges) {
        var failure = ValidationFailure()
        var page = PageRequest(query: query, failure: &failure)
        page.limit = InspectorFrame.rows
        let filter = EventFilter(query: query, failure: &failure)
        try failure.check()
        let partner = try partners.find(clientID: clientID)
        return try await store.read { [page] in try EventTable.events(page, filter, of: partner, $0) }
    }

    /// Returns a link to the same filter at another cursor.
    private func link(_ query: FormFields, _ name: String, _ cursor: String) -> String? {
        guard !cursor.isEmpty else { return nil }
        let kept = query.fields.filter { !["after", "before"].contains($0.name) } + [(name, cursor)]
        return "?" + kept.map { "\(FormFields.encode($0.name))=\(FormFields.encode($0.value))" }.joined(separator: "&")
    }
}
