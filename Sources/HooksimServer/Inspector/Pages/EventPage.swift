import Hummingbird
import Webhooks

/// One event: its payload, and each attempt with what was sent and what came back.
struct EventPage: Sendable {
    let frame: InspectorFrame
    let store: Store
    let partners: PartnerRegistry

    func show(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try context.identifier("id")
        let found = try await store.read { session -> (bytes: [UInt8], subscription: Subscription?)? in
            guard let bytes = try EventTable.inspection(id, session) else { return nil }
            return (bytes, try SubscriptionTable.subscription(ofEvent: id, session))
        }
        guard let found, let subscription = found.subscription else {
            throw APIError.notFound("there is no event \(id); it may have been removed by a reset")
        }
        let event = try JSON(parsing: found.bytes)
        let payload = event["payload"] ?? .null
        let attempts = event["attempts"]?.array ?? []
        var row = event.shown
        row["attempts"] = attempts.enumerated().map { index, attempt in
            shown(
                attempt, isCopy: index > 0 && attempts[index - 1]["attempt"] == attempt["attempt"], of: event,
                subscription)
        }
        row["hasAttempts"] = !attempts.isEmpty
        row["pretty"] = payload.indented
        row["raw"] = payload.description
        row["created"] = frame.time(event["created_at"]?.string ?? "")
        row["next"] = event["next_attempt_at"]?.string.map { due -> [String: Any] in
            ["number": (event["attempt_count"]?.integer ?? 0) + 1, "time": frame.time(due)]
        }
        row["secret"] = subscription.shownSecret
        row["isActive"] = subscription.isActive
        return frame.render("event", title: event["topic"]?.string ?? "Event", request, ["event": row])
    }

    private func shown(
        _ attempt: JSON, isCopy: Bool, of event: JSON, _ subscription: Subscription
    ) -> [String: Any] {
        var row = attempt.shown
        row["time"] = frame.time(attempt["at"]?.string ?? "")
        row["isCopy"] = isCopy
        row["answer"] = AttemptAnswer.text(attempt)
        let fault = attempt["fault"]?.string
        row["isSent"] = !(fault.map { DeliveryFault.keepsFromReceiver(named: $0) } ?? false)
        row["isAltered"] = fault.map { DeliveryFault.alters(named: $0) } ?? false

        let url = attempt["endpoint_url"]?.string ?? ""
        let sent = [
            ("Content-Type", "application/json"), ("User-Agent", "hooksim/\(HooksimVersion.current)"),
            ("X-Webhook-Id", event["id"]?.string ?? ""), ("X-Webhook-Attempt", attempt["attempt"]?.description ?? "1"),
        ]
        var curl = CurlCommand("POST", url)
        for (name, value) in sent { curl.add(header: name, value) }
        var request = "POST \(url)\n" + sent.map { "\($0): \($1)\n" }.joined()
        var note: String?
        if let secret = subscription.shownSecret {
            // The secret itself is nothing to be shown; its end tells which one it is.
            request += "Authorization: Bearer \(secret)\n"
            curl.add(bearer: "SECRET")
            note = "SECRET is the subscription's secret_key, \(secret)"
        }
        let payload = (event["payload"] ?? .null).description
        curl.add(body: payload)
        row["request"] = request + "\n" + payload
        row["curl"] = curl.text(note: note)
        row["response"] = response(attempt)
        return row
    }

    /// What the receiver answered: status, headers, body; `nil` when nothing came.
    private func response(_ attempt: JSON) -> String? {
        guard let status = attempt["status_code"]?.integer else { return nil }
        let headers = (attempt["answer"]?["headers"]?.array ?? []).map { header in
            "\(header.array?.first?.string ?? ""): \(header.array?.last?.string ?? "")\n"
        }
        let body = attempt["answer"]?["body"]?.string ?? ""
        return "\(status)\n" + headers.joined() + "\n" + ((try? JSON(parsing: body.utf8))?.indented ?? body)
    }
}
