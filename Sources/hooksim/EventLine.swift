import HooksimClient

/// Formats an event as one line of text.
enum EventLine {
    static func text(_ event: Event) -> String {
        var line = text(event.createdAt, event.id, event.status, event.topic, event.entityID)
        if event.attempts > 0 { line += "  attempts: \(event.attempts)" }
        if let error = event.lastError { line += "  " + Terminal.coloured(Terminal.sanitized(error), .dim) }
        return line
    }

    static func text(_ update: EventUpdate) -> String {
        text(update.at, update.id, update.status, update.topic, update.entityID)
    }

    private static func text(
        _ instant: Timestamp, _ id: String, _ status: EventStatus, _ topic: Topic, _ entityID: String
    ) -> String {
        let colour: Terminal.Colour = status == .delivered ? .green : status == .failed ? .red : .yellow
        return [
            instant.description, id, Terminal.coloured(Terminal.pad(status.rawValue, 9), colour),
            Terminal.pad(topic.rawValue, 30), Terminal.sanitized(entityID),
        ].joined(separator: "  ")
    }
}
