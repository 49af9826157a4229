import Webhooks

/// One event as one line for people.
enum EventLine {
    static func text(_ event: JSON) -> String {
        let status = event["status"]?.string ?? "?"
        let colour: Terminal.Colour = status == "delivered" ? .green : status == "failed" ? .red : .yellow
        var line = [
            event["created_at"]?.string ?? event["at"]?.string ?? "", event["id"]?.string ?? "",
            Terminal.coloured(Terminal.pad(status, 9), colour), Terminal.pad(event["topic"]?.string ?? "", 30),
            Terminal.harmless(event["entity_id"]?.string ?? ""),
        ].joined(separator: "  ")
        let attempts = event["attempt_count"]?.integer ?? event["attempts"]?.integer ?? 0
        if attempts > 0 { line += "  attempts: \(attempts)" }
        if let error = event["last_error"]?.string { line += "  " + Terminal.coloured(Terminal.harmless(error), .dim) }
        return line
    }
}
