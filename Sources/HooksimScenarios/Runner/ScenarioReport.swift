package import StrictJSON
import Webhooks

/// The result of a scenario, step by step.
package struct ScenarioReport: Sendable {
    /// The result of one step.
    package struct Step: Sendable {
        /// The position of the step in the file.
        package let position: ScenarioNode.Position
        /// The virtual time after the step.
        package let at: String
        /// The step as one line of text.
        package let title: String
        /// The reason why the step failed, in one or more lines; `nil` if it passed.
        package let failure: String?
        /// The real time that the step took, in milliseconds.
        package let milliseconds: Int
    }

    /// A step that was not run.
    package struct SkippedStep: Sendable {
        /// The position of the step in the file.
        package let position: ScenarioNode.Position
        /// The step as one line of text.
        package let title: String
    }

    /// The name of the scenario.
    package let name: String
    /// The results of the steps that were run, in order.
    package var steps: [Step] = []
    /// The steps that were not run because an earlier one failed.
    package var skippedSteps: [SkippedStep] = []
    /// The attempts, which are the same for the same seed.
    ///
    /// They have the names of receivers in place of their addresses, and no durations.
    package var attemptLog: [JSON] = []

    /// The number of steps that were not run.
    package var skipped: Int { skippedSteps.count }
    /// The number of failed steps.
    package var failures: Int { steps.count { $0.failure != nil } }
    /// Whether no step failed.
    package var isPassed: Bool { failures == 0 }

    /// The report as JSON, without the attempts.
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
