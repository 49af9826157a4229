import HooksimScenarios
import Testing
import Yams

/// Tests the table of steps.
@Suite struct ScenarioStepsTests {
    @Test func `each step has a name of its own, and a schema with a description`() throws {
        #expect(Set(ScenarioSteps.names).count == ScenarioSteps.all.count)
        for step in ScenarioSteps.all {
            let schema = try #require(try Yams.compose(yaml: step.schema)?.mapping, "\(step.name)")
            #expect(schema["description"]?.string?.isEmpty == false, "\(step.name)")
        }
    }
}
