import Webhooks

/// One event as one line for people.
enum EventLine {
    static func text(_ event: JSON) -> String {
        let status = event["status"]?.string ?? "?"
        let colour: Terminal.Colour = status == "delivered" ? .green : status == "failed" ? .red : .yellow
        var line = [
            event["created_at"]?.string ?? "", event["id"]?.string ?? "", Terminal.coloured(pad(status, 9), colour),
            pad(event["topic"]?.string ?? "", 30), event["entity_id"]?.string ?? "",
        ].joined(separator: "  ")
        let attempts = event["attempt_count"]?.integer ?? event["attempts"]?.integer ?? 0
        if attempts > 0 { line += "  attempts: \(attempts)" }
        if let error = event["last_error"]?.string { line += "  " + Terminal.coloured(error, .dim) }
        return line
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
