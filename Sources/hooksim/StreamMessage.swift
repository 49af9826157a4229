import Webhooks

/// Reads the simulator's stream: each message as it happens.
struct StreamMessage: Sendable {
    let kind: String
    let data: JSON

    /// The messages whose lines have come whole; takes them off `text`.
    static func take(from text: inout [UInt8]) -> [StreamMessage] {
        var messages: [StreamMessage] = []
        while let end = text.firstRange(of: [10, 10]) {
            var kind: String?
            var data: JSON?
            for line in text[..<end.lowerBound].split(separator: 10) {
                if line.starts(with: "event: ".utf8) { kind = String(decoding: line.dropFirst(7), as: UTF8.self) }
                if line.starts(with: "data: ".utf8) { data = try? JSON(parsing: Array(line.dropFirst(6))) }
            }
            text.removeSubrange(..<end.upperBound)
            // What keeps the connection alive is a comment, and no message.
            if let kind, let data { messages.append(StreamMessage(kind: kind, data: data)) }
        }
        return messages
    }
}

/// One attempt as one line for people.
enum AttemptLine {
    static func text(_ attempt: JSON) -> String {
        let isDelivered = attempt["outcome"]?.string == "delivered"
        let answer = attempt["error"]?.string ?? attempt["status_code"]?.description ?? ""
        var line = [
            Terminal.time(attempt["at"]?.string ?? ""), Terminal.pad(attempt["topic"]?.string ?? "", 30),
            attempt["event_id"]?.string ?? "", "attempt \(attempt["attempt"]?.description ?? "?")",
            Terminal.coloured(Terminal.harmless(answer), isDelivered ? .green : .red),
            "\(attempt["duration_ms"]?.description ?? "?") ms",
        ].joined(separator: "  ")
        if let fault = attempt["fault"]?.string { line += "  " + Terminal.coloured("fault \(fault)", .yellow) }
        if let next = attempt["next_attempt_at"]?.string { line += "  next at " + Terminal.time(next) }
        return line
    }
}
