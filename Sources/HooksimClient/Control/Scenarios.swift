import StrictJSON
import Webhooks

/// The report of a scenario, step by step.
public struct ScenarioReport: Sendable {
    /// One step.
    public struct Step: Sendable {
        /// The line of the step in the scenario, counted from 1.
        public let line: Int
        /// The virtual time after the step, in the form of responses.
        public let at: String
        /// The description of the step, in one line.
        public let title: String
        /// The reason for which the step failed; `nil` if it passed.
        public let failure: String?
    }

    /// The scenario's name.
    public let name: String
    /// Whether all steps were run and passed.
    public let isPassed: Bool
    /// The number of steps that were not run, because a step before them had failed.
    public let skipped: Int
    /// The steps that were run.
    public let steps: [Step]
    /// The response as it was received.
    public let json: JSON
}

extension ScenarioReport: ResponseValue {
    init(_ fields: ResponseFields) throws {
        name = try fields.string("name")
        isPassed = try fields.bool("passed")
        skipped = try fields.integer("skipped")
        steps = try fields.rows("steps")
        json = fields.json
    }
}

extension ScenarioReport.Step: ResponseValue {
    init(_ fields: ResponseFields) throws {
        line = try fields.integer("line")
        at = try fields.string("at")
        title = try fields.string("step")
        failure = try fields.optionalString("failure")
    }
}

extension ControlClient {
    /// Runs a scenario inside the simulator, after those that run already, and returns its report.
    ///
    /// The scenario uses a partner of its own, and restores the clock and the settings at its end. It can neither start
    /// a program nor restart the simulator; `hooksim replay` can.
    ///
    /// - Parameter scenario: The scenario, as a value of JSON.
    /// - Throws: ``HooksimError``; a refusal if the scenario is not valid, whose validation errors are named by line
    ///   and column.
    public func runScenario(_ scenario: JSON) async throws -> ScenarioReport {
        var request = APIRequest(.post, "/__admin/scenarios", body: scenario)
        request.timeout = .seconds(3600)
        return try await value(request)
    }
}
