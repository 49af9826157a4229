package import Webhooks

/// What became of a scenario, step by step.
package struct ScenarioReport: Sendable {
    package struct Step: Sendable {
        package let position: ScenarioNode.Position
        /// The virtual time after the step.
        package let at: String
        package let title: String
        /// Why it failed, in as many lines as it takes; `nil` when it held.
        package let failure: String?
        package let milliseconds: Int
    }

    package let name: String
    package var steps: [Step] = []
    /// Steps that were not run because one before them failed.
    package var skipped = 0
    /// The attempts, with receivers by name instead of by port and without durations: the same for the same seed.
    package var attemptLog: [JSON] = []

    package var failures: Int { steps.count { $0.failure != nil } }
    package var isPassed: Bool { failures == 0 }

    package var json: JSON {
        [
            "name": .string(name), "passed": .bool(isPassed), "skipped": .number(skipped),
            "steps": .array(
                steps.map { step in
                    [
                        "line": .number(step.position.line), "at": .string(step.at), "step": .string(step.title),
                        "passed": .bool(step.failure == nil), "failure": .string(orNull: step.failure),
                    ]
                }),
        ]
    }
}
