import HooksimClient

/// Formats an attempt as one line of text.
enum AttemptLine {
    static func text(_ attempt: Attempt, on stream: Terminal.Stream = .standardError) -> String {
        let result = attempt.error ?? attempt.statusCode.map(String.init) ?? ""
        var line = [
            Terminal.time(attempt.at.description), Terminal.pad(attempt.topic.rawValue, 30), attempt.eventID,
            "attempt \(attempt.attempt)",
            Terminal.coloured(
                Terminal.sanitized(result), attempt.outcome == .delivered ? .green : .red, on: stream),
            "\(attempt.duration.milliseconds) ms",
        ].joined(separator: "  ")
        if let fault = attempt.fault { line += "  " + Terminal.coloured("fault \(fault)", .yellow, on: stream) }
        if let next = attempt.nextAttemptAt { line += "  next at " + Terminal.time(next.description) }
        return line
    }
}
