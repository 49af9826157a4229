import StrictJSON
import Webhooks
@testable import HooksimScenarios
import Testing

/// Tests that each problem of a file has a position, the value that was found, and the value that was expected.
@Suite struct MalformedScenarioTests {
    /// A file, and the text of all its problems.
    typealias Mistake = (text: String, problems: String)

    static let steps =
        """
        subscribe, unsubscribe, trigger, advance, wait_real, expect, request, fault, clear_faults, retry, settings, \
        restart, repeat, parallel
        """
    static let topics = Topic.allCases.map(\.rawValue).alternatives

    private func problems(of text: String, from source: ScenarioSource = .file) throws -> ScenarioProblems {
        try #require(throws: ScenarioProblems.self) { try ScenarioFile.parse(text, from: source) }
    }

    private func check(_ mistake: Mistake) throws {
        #expect(try problems(of: mistake.text).description == mistake.problems)
    }

    @Test(arguments: syntaxMistakes)
    func `what is neither YAML nor JSON is refused`(mistake: Mistake) throws { try check(mistake) }

    @Test(arguments: files)
    func `a file that is no scenario is refused`(mistake: Mistake) throws { try check(mistake) }

    @Test(arguments: receiverMistakes)
    func `a receiver that can't be is refused`(mistake: Mistake) throws { try check(mistake) }

    @Test(arguments: stepMistakes + memberMistakes)
    func `a step that can't be is refused`(mistake: Mistake) throws { try check(mistake) }

    @Test(arguments: expectationMistakes + conditionMistakes)
    func `an expectation or request that can't be is refused`(mistake: Mistake) throws { try check(mistake) }

    @Test(arguments: faultMistakes)
    func `a fault that can't be is refused`(mistake: Mistake) throws { try check(mistake) }

    /// Each list contains the previous one ten times.
    private static let lists =
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + zip("abcdefg", "bcdefgh").map {
            "\($1): &\($1) [\(Array(repeating: "*\($0)", count: 10).joined(separator: ", "))]\n"
        }
        .joined()

    static let bounds: [Mistake] = [
        (lists + "steps: *h\n", "5:36: the file has more than 100000 values, aliases counted; expected fewer"),
        (lists + "? *h\n: 1\n", "5:36: the file has more than 100000 values, aliases counted; expected fewer"),
        (
            "name: [\(String(repeating: "x,", count: 100_001))]",
            "1:200002: the file has more than 100000 values, aliases counted; expected fewer"
        ),
        (
            "{\"name\": [\(String(repeating: "1,", count: 100_000))1]}",
            "1:200005: the file has more than 100000 values; expected fewer"
        ),
        (
            "steps: " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
            "1:72: values nest deeper than 64 levels; expected fewer"
        ),
        (
            "steps: " + String(repeating: "[", count: 1010),
            "1:9: values nest deeper than 64 levels; expected fewer"
        ),
        (
            "a: &a " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "\nb: "
                + String(repeating: "[", count: 30) + "*a" + String(repeating: "]", count: 30),
            "2:34: values nest deeper than 64 levels; expected fewer"
        ),
        (
            "{\"a\": " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}",
            "1:70: arrays and objects nest deeper than 64 levels; expected valid JSON"
        ),
        (
            "steps: " + String(repeating: "[{parallel: ", count: 8) + "[{retry: {}}]"
                + String(repeating: "}]", count: 8),
            "1:104: steps nest deeper than 8 levels; expected fewer"
        ),
        (
            String(repeating: "#", count: 1 << 20) + "\n",
            "1:1: the file is larger than 1 MiB; expected a smaller one"
        ),
    ]

    @Test(arguments: bounds)
    func `a scenario without bounds is refused in a request`(mistake: Mistake) throws {
        #expect(try problems(of: mistake.text, from: .request).description == mistake.problems)
    }

    @Test func `a file without bounds is refused, but for what a recording may need`() throws {
        try check(
            (Self.lists + "steps: *h\n", "7:8: the file has more than 2000000 values, aliases counted; expected fewer"))
        // This file is not an argument of the test, since the arguments are printed.
        try check(
            (
                String(repeating: "#", count: 128 << 20) + "\n",
                "1:1: the file is larger than 128 MiB; expected a smaller one"
            ))
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `nesting without end is refused and not followed`(opening: String) throws {
        #expect(try problems(of: "steps:\n" + String(repeating: opening, count: 100_000)).problems.count == 1)
    }

    @Test func `a scenario of just 1 MiB is read from a request`() throws {
        let steps = "steps: [{ retry: {} }]\n"
        let comment = String(repeating: "#", count: (1 << 20) - steps.utf8.count)
        #expect(try ScenarioFile.parse(steps + comment, from: .request).steps.count == 1)
    }

    @Test func `all mistakes are reported at once in the order of the file`() throws {
        let text = """
            name: Everything is wrong
            seeed: 7
            receivers: { shop: { respond: 99 } }
            steps:
              - subscribe: { topic: invoice_payed, to: shpo }
              - advance: soon
              - restart: now
            """
        #expect(
            try problems(of: text).description(file: "wrong.yaml") == """
                wrong.yaml:2:1: a scenario has no seeed; did you mean seed?
                wrong.yaml:3:31: a response is 99; expected a status from 200 to 599, hang or reset
                wrong.yaml:5:25: topic is invoice_payed; did you mean invoice_paid?
                wrong.yaml:5:44: there is no receiver shpo; did you mean shop?
                wrong.yaml:6:14: advance is soon; expected a duration such as 11m, an instant or idle
                wrong.yaml:7:14: restart is now; expected kill or graceful
                """)
    }

    @Test(arguments: [
        ("steps:\r\n  - advance: soon\r\n", "2:14"),
        ("steps: [{ request: { path: \"/ü😀\" } }, { advance: soon }]", "1:50"),
        ("{\"name\": \"ü😀\",\r\n \"steps\": [{\"request\": {\"path\": \"/ü😀\"}}, {\"advance\": \"soon\"}]}", "2:54"),
        ("\u{FEFF}steps: [{ advance: soon }]", "1:20"),
    ])
    func `lines and columns are those an editor shows`(text: String, position: String) throws {
        try check((text, position + ": advance is soon; expected a duration such as 11m, an instant or idle"))
    }
}
