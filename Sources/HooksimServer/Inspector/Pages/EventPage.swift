import Hummingbird
import StrictJSON
import Webhooks

/// The page of one event: its payload, and each attempt with its request and its response.
struct EventPage: Sendable {
    let frame: InspectorFrame
    let store: Store
    let partners: PartnerRegistry

    func show(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try context.identifier("id")
        let found = try await store.read { session -> (event: InspectedEvent, subscription: Subscription?)? in
            guard let event = try EventTable.inspected(id, session) else { return nil }
            return (event, try SubscriptionTable.subscription(ofEvent: id, session))
        }
        guard let found, let subscription = found.subscription else {
            throw APIError.notFound("there is no event \(id); it may have been removed by a reset")
        }
        let (inspected, event) = (found.event, found.event.event)
        var row: [String: Any] = [
            "id": event.id.description, "topic": event.topic.rawValue, "entity_id": event.entityID,
            "status": event.status.rawValue, "client_id": inspected.clientID, "endpoint_url": inspected.endpointURL,
            "created": frame.time(event.createdAt), "hasAttempts": !inspected.attempts.isEmpty,
            "pretty": try JSON(parsing: inspected.payload).indented,
            "raw": String(decoding: inspected.payload, as: UTF8.self), "isActive": subscription.isActive,
        ]
        row["attempts"] = inspected.attempts.indices.map { shown($0, of: inspected, subscription) }
        row["next"] = inspected.nextAttemptAt.map { due -> [String: Any] in
            ["number": event.attempts + 1, "time": frame.time(due)]
        }
        row["secret"] = subscription.shownSecret
        return frame.render("event", title: event.topic.rawValue, request, ["event": row])
    }

    private func shown(_ index: Int, of event: InspectedEvent, _ subscription: Subscription) -> [String: Any] {
        let (attempt, response) = event.attempts[index]
        let (request, curl) = sent(attempt, of: event, subscription)
        let reach = attempt.fault.map { DeliveryFault.reach(of: $0) } ?? .whole
        var row: [String: Any] = [
            "seq": attempt.seq, "attempt": attempt.attempt, "outcome": attempt.outcome.rawValue,
            "duration_ms": attempt.durationMilliseconds, "time": frame.time(attempt.at), "summary": attempt.summary,
            "isCopy": index > 0 && event.attempts[index - 1].attempt.attempt == attempt.attempt,
            "isSent": reach != .nothing, "isAltered": reach == .altered, "request": request,
            "curl": curl,
        ]
        row["fault"] = attempt.fault
        row["response"] = attempt.statusCode.map { text(of: response, statusCode: $0) }
        return row
    }

    /// Returns the request of an attempt, and the curl command that sends it again.
    private func sent(
        _ attempt: StoredAttempt, of event: InspectedEvent, _ subscription: Subscription
    ) -> (request: String, curl: String) {
        let fields = [
            ("Content-Type", "application/json"), ("User-Agent", "hooksim/\(HooksimVersion.current)"),
            ("X-Webhook-Id", event.event.id.description), ("X-Webhook-Attempt", String(attempt.attempt)),
        ]
        var curl = CurlCommand("POST", attempt.endpointURL)
        for (name, value) in fields { curl.add(header: name, value) }
        var request = "POST \(attempt.endpointURL)\n" + fields.map { "\($0): \($1)\n" }.joined()
        var note: String?
        if let secret = subscription.shownSecret {
            // The secret itself is not shown; its last characters identify it.
            request += "Authorization: Bearer \(secret)\n"
            curl.add(bearer: "SECRET")
            note = "SECRET is the subscription's secret_key, \(secret)"
        }
        let payload = String(decoding: event.payload, as: UTF8.self)
        curl.add(body: payload)
        return (request + "\n" + payload, curl.text(note: note))
    }

    /// Returns the receiver's response as text: its status, headers and body.
    private func text(of response: StoredAttempt.Response, statusCode: Int) -> String {
        let headers = response.headers.map { "\($0.name): \($0.value)\n" }.joined()
        return "\(statusCode)\n" + headers + "\n"
            + ((try? JSON(parsing: response.body.utf8))?.indented ?? response.body)
    }
}
