public import Webhooks

/// What a scenario has led to, step by step.
public struct ScenarioReport: Sendable {
    /// One step.
    public struct Step: Sendable {
        /// The line of the scenario that it is on, counted from 1.
        public let line: Int
        /// The virtual time after the step, as it is written in responses.
        public let at: String
        /// What the step does, in a line.
        public let title: String
        /// Why it failed; `nil` if it held.
        public let failure: String?
    }

    /// The scenario's name.
    public let name: String
    /// Whether all steps were run and held.
    public let isPassed: Bool
    /// How many steps were not run, because one before them had failed.
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
    /// It acts as a partner of its own, and restores the clock and the settings at its end. It can neither start a program nor restart
    /// the simulator; `hooksim replay` can.
    ///
    /// - Parameter scenario: The scenario, as a value of JSON.
    /// - Throws: ``HooksimError``; a refusal if the scenario is not valid, whose validation errors are named by line and column.
    public func runScenario(_ scenario: JSON) async throws -> ScenarioReport {
        var request = APIRequest(.post, "/__admin/scenarios", body: scenario)
        request.timeout = .seconds(3600)
        return try await value(request)
    }
}
