/// What a simulator saw, to be turned into a scenario that leads to the same outcome.
package struct Recording: Sendable {
    /// In the order in which they were done.
    package var actions: [RecordedAction]
    /// The delivery journal, oldest first.
    package var attempts: [RecordedAttempt]
    /// How many events of each topic ended, or wait, in each status.
    package var events: [(topic: String, status: String, count: Int)]
    /// The virtual time at which all this is so.
    package var end: Timestamp
    /// Whether actions were left out because there were too many.
    package var isCut: Bool

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

    /// The scenario as the text of a file.
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

    /// That all ended as it did.
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

    /// Whether a copy that a fault made of an attempt was answered otherwise, which no script of a receiver can do.
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
