import StrictJSON
package import Webhooks

/// The recorded actions and attempts of a simulator, from which a scenario with the same outcome is generated.
package struct Recording: Sendable {
    /// The actions, in their order.
    package var actions: [RecordedAction]
    /// The attempt log, oldest first.
    package var attempts: [RecordedAttempt]
    /// The number of events of each topic in each status.
    package var events: [(topic: String, status: String, count: Int)]
    /// The virtual time of the recording.
    package var end: Timestamp
    /// Whether actions are missing because there were more than are stored.
    package var isCut: Bool

    /// Creates a recording.
    package init(
        actions: [RecordedAction], attempts: [RecordedAttempt], events: [(topic: String, status: String, count: Int)],
        end: Timestamp, isCut: Bool
    ) {
        self.actions = actions
        self.attempts = attempts
        self.events = events
        self.end = end
        self.isCut = isCut
    }

    /// The text of the scenario's file.
    package var scenario: String {
        var steps = RecordedSteps(actions)
        steps.finish(at: end)
        let outcome = isCut ? [] : expectations
        var text = ScenarioText()
        text.comment("Recorded at \(end) of virtual time, from \(actions.count { $0.isDone }) requests.")
        text.comment("Secrets are placeholders, and each endpoint is a receiver that responds as the real one did.")
        for (index, url) in steps.receivers.endpoints.enumerated() {
            text.comment("\(RecordedReceivers.name(index)) was \(RecordedReceivers.withoutSecrets(url))")
        }
        for note in steps.notes { text.comment(note) }
        if isCut { text.comment("There was more than is kept of a run, so this is its beginning alone.") }
        text.entry("name", .string("Recorded at \(end)"))
        if let seed = steps.seed { text.entry("seed", .number(seed)) }
        text.entry("clock", .string(steps.start.description))
        text.mapping("settings", steps.settings)
        text.mapping("receivers", steps.receivers.json(attempts))
        text.list("steps", steps.finished + outcome)
        return text.text
    }

    /// The steps that expect the same numbers of events and attempts.
    private var expectations: [JSON] {
        var steps = events.map { topic, status, count -> JSON in
            let row: JSON = ["topic": .string(topic), "status": .string(status)]
            return ["expect": ["of": "events", "where": row, "count": .number(count)]]
        }
        guard !hasUnequalCopies else {
            return steps + [["expect": ["of": "attempts", "count": .number(attempts.count)]]]
        }
        for (outcome, isDelivered) in [("delivered", true), ("failed", false)] {
            let count = attempts.count { $0.isDelivered == isDelivered }
            steps.append([
                "expect": ["of": "attempts", "where": ["outcome": .string(outcome)], "count": .number(count)]
            ])
        }
        return steps
    }

    /// Whether an attempt and its duplicate from a fault have different outcomes, which no script of a receiver can
    /// repeat.
    private var hasUnequalCopies: Bool {
        var first: [String: Bool] = [:]
        return attempts.contains { attempt in
            let key = "\(attempt.eventID) \(attempt.attempt)"
            defer { first[key] = first[key] ?? attempt.isDelivered }
            return first[key].map { $0 != attempt.isDelivered } ?? false
        }
    }
}

extension RecordedAction {
    fileprivate var isDone: Bool { if case .request = kind { true } else { false } }
}
