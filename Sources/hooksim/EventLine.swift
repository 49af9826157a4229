import HooksimClient

/// Formats events as rows of a table.
enum EventLine {
    /// The table of events, with the width of the terminal.
    static let table = TextTable([
        .init("CREATED", width: 24, minWidth: 14, isShort: true), .init("ID", width: 36, minWidth: 36),
        .init("STATUS", width: 9, minWidth: 9), .init("TOPIC", width: 30, minWidth: 12),
        .init("ENTITY", width: 36, minWidth: 0), .init("ATTEMPTS", width: 8, minWidth: 0),
        .init("LAST ERROR", width: nil, minWidth: 0),
    ])

    static func text(_ event: Event) -> String {
        let attempts: TextTable.Cell =
            event.attempts > 0 ? .init("attempts: \(event.attempts)", short: "\(event.attempts)") : ""
        return line(
            event.createdAt, event.id, event.status, event.topic, event.entityID, attempts,
            .init(event.lastError ?? "", colour: .dim))
    }

    static func text(_ update: EventUpdate) -> String {
        line(update.at, update.id, update.status, update.topic, update.entityID, "", "")
    }

    private static func line(
        _ instant: Timestamp, _ id: String, _ status: EventStatus, _ topic: Topic, _ entityID: String,
        _ attempts: TextTable.Cell, _ error: TextTable.Cell
    ) -> String {
        let colour: Terminal.Colour = status == .delivered ? .green : status == .failed ? .red : .yellow
        let text = instant.description
        // The month, the day and the time are enough for people.
        let short = "\(text.dropFirst(5).prefix(5)) \(text.dropFirst(11).prefix(8))"
        return table.line([
            .init(text, short: short), .init(id), .init(status.rawValue, colour: colour), .init(topic.rawValue),
            .init(entityID), attempts, error,
        ])
    }
}
