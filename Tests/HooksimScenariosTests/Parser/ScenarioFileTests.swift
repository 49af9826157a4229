import StrictJSON
import Webhooks
@testable import HooksimScenarios
import Testing

/// Tests of valid scenarios that are close to invalid ones.
@Suite struct ScenarioFileTests {
    @Test(arguments: [
        "steps: [{ retry: {} }, { retry: }, { clear_faults: null }]",
        "steps: [{ expect: { of: events, count: 0, timeout: 10m } }]",
        "steps: [{ expect: { of: events, count: 0, timeout_ms: 600000 } }]",
        "steps: [{ expect: { of: attempts, count: 0, where: { fault: null, status_code: 200, outcome: failed } } }]",
        "steps: [{ expect: { of: events, count: 0, where: { payload.data.a-b.c_0: 12.50, entity_id: \"42\" } } }]",
        "steps: [{ expect: { of: requests, count: 0, where: { status: 200, client: null, query: \"\" } } }]",
        """
        steps:
          - request: { path: /webhooks, save: { first: data.0.id, second: 1 } }
          - expect: { of: events, count: 0, where: { id: "${first}", client_id: "${second}" } }
        """,
        """
        receivers: { shop: { url: "HTTP://localhost:3000/hooks" }, app: { command: run, path: /hooks } }
        steps: [{ retry: }]
        """,
        """
        receivers: { a: { hang: true, delay: 1s }, b: { reset: true }, c: { delay: 1s, body: x } }
        steps: [{ retry: }]
        """,
        "receivers: {}\nsettings: {}\nsteps: [{ retry: }]",
        "%YAML 1.2\n---\n# a comment\nsteps: [{ retry: }]\n...\n",
        "\u{FEFF}{\"name\": \"\\ud83d\\ude00\", \"steps\": [{\"retry\": {}}]}",
        "{\n\t\"steps\": [\n\t\t{ \"retry\": {} }\n\t]\n}\n",
    ])
    func `a scenario is read`(text: String) throws {
        #expect(!(try ScenarioFile.parse(text, from: .file)).steps.isEmpty)
    }

    @Test func `an alias is the value of its anchor, the latest one before it`() throws {
        let scenario = try ScenarioFile.parse(
            """
            name: &name "2 * 3"
            receivers: { &shop shop: &reply { respond: 201, body: *name }, books: *reply }
            steps:
              - trigger: &body { topic: &topic invoice_paid, data: &data { "*": *topic, text: [*name] } }
              - trigger: { topic: *topic, data: { all: *data } }
              - trigger: { topic: &topic payout_paid }
              - trigger: { topic: *topic }
              - trigger: *body
              - subscribe: { topic: *topic, to: *shop }
            """, from: .file)
        #expect(scenario.name == "2 * 3")
        let bodies = scenario.steps.compactMap { step in
            (step.action as? TriggerStep).map { JSON.object($0.body).description }
        }
        let data = #"{"*":"invoice_paid","text":["2 * 3"]}"#
        #expect(
            bodies == [
                #"{"topic":"invoice_paid","data":\#(data)}"#, #"{"topic":"invoice_paid","data":{"all":\#(data)}}"#,
                #"{"topic":"payout_paid"}"#, #"{"topic":"payout_paid"}"#, #"{"topic":"invoice_paid","data":\#(data)}"#,
            ])
        let responses = scenario.receivers.compactMap { receiver in
            if case .scripted(let responses) = receiver.kind { responses } else { nil }
        }
        #expect(responses.map { $0.responses.map(\.body) } == [["2 * 3"], ["2 * 3"]])
    }

    @Test func `an escaped character is itself, also the one that an asterisk would be hidden behind`() throws {
        let scenario = try ScenarioFile.parse("name: \"a * b \\U0010FFFF\"\nsteps: [{ retry: }]", from: .file)
        #expect(scenario.name == "a * b \u{10FFFF}")
    }

    @Test func `a text that looks like a number is a text where it is marked as one`() throws {
        let scenario = try ScenarioFile.parse(
            "steps: [{ trigger: { topic: invoice_paid, data: { a: 5, b: \"5\", c: !!str 5, d: ~, e: '~' } } }]",
            from: .file)
        guard let body = (scenario.steps[0].action as? TriggerStep)?.body else { throw ScenarioProblems([]) }
        #expect(body["data"]?.description == #"{"a":5,"b":"5","c":"5","d":null,"e":"~"}"#)
    }

    @Test func `of very many problems the first hundred are shown`() throws {
        let steps = String(repeating: "\n  - advance: soon", count: 250)
        let problems = try #require(throws: ScenarioProblems.self) {
            try ScenarioFile.parse("steps:\(steps)", from: .file)
        }
        #expect(problems.problems.count == 250)
        let lines = problems.description(file: "a.yaml").split(separator: "\n")
        #expect(lines.count == 101 && lines.last == "and 150 more problems")
        #expect(lines[99].hasPrefix("a.yaml:101:"))
    }

    @Test func `JSON is read as the same YAML is`() throws {
        let steps = (0...1000).map { #"{"request": {"path": "/webhooks?limit=\#($0)", "status": 200}}"# }
        let list = steps.joined(separator: ",\n")
        let json = try ScenarioFile.parse(#"{"seed": 18446744073709551615, "steps": [\#(list)]}"#, from: .file)
        let yaml = try ScenarioFile.parse("seed: 18446744073709551615\nsteps: [\(list)]", from: .file)
        #expect(json.seed == .max && yaml.seed == .max)
        #expect(json.steps.map(\.position.line) == Array(1...1001))
        #expect(yaml.steps.map(\.position.line) == Array(2...1002))
    }
}
