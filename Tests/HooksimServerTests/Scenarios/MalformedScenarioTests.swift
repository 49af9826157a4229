@testable import HooksimServer
import Testing
import Webhooks

/// What is wrong with a file is told by its place, by what was there, and by what was expected.
@Suite struct MalformedScenarioTests {
    private static let steps =
        """
        subscribe, unsubscribe, trigger, advance, wait, expect, call, fault, clear_faults, retry, settings, \
        restart, repeat, parallel
        """
    private static let topics = Topic.allCases.map(\.rawValue).joined(separator: ", ")

    private func problems(of text: String) throws -> [ScenarioProblem] {
        try #require(throws: ScenarioProblems.self) { try ScenarioFile.parse(text) }.problems
    }

    private func check(_ text: String, _ line: Int, _ column: Int, _ message: String) throws {
        let first = try #require(try problems(of: text).first)
        #expect(first.message == message)
        #expect(first.position == ScenarioNode.Position(line: line, column: column))
    }

    static let files: [(text: String, line: Int, column: Int, message: String)] = [
        ("", 1, 1, "the file is empty; expected a scenario with name, receivers and steps"),
        ("# nothing yet", 1, 1, "the file is empty; expected a scenario with name, receivers and steps"),
        (
            "- subscribe", 1, 1,
            "a scenario is a list; expected a mapping with name, seed, clock, profile, settings, receivers, steps"
        ),
        (
            "hello", 1, 1,
            "a scenario is a string; expected a mapping with name, seed, clock, profile, settings, receivers, steps"
        ),
        ("name: x", 1, 1, "steps is missing; expected a list of steps"),
        ("steps: []", 1, 8, "steps is empty; expected at least one step"),
        ("steps: { retry: {} }", 1, 8, "steps is a mapping; expected a list of steps"),
        ("steps:", 1, 7, "steps is null; expected a list of steps"),
        (
            """
            colour: red
            steps:
              - retry: {}
            """, 1, 1,
            "a scenario has no colour; expected name, seed, clock, profile, settings, receivers, steps"
        ),
        (
            """
            steps:
            \t- retry: {}
            """, 2, 1,
            "found character that cannot start any token; expected valid YAML or JSON"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid
            """, 3, 1,
            "did not find expected ',' or '}'; expected valid YAML or JSON"
        ),
        (
            """
            name: "An outage
            steps:
              - retry: {}
            """, 3, 14,
            "found unexpected end of stream; expected valid YAML or JSON"
        ),
        (
            """
            name: one
            name: two
            steps:
              - retry: {}
            """, 1, 1,
            "name is given twice; expected each key once"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, topic: payout_paid }
            """, 2, 16,
            "topic is given twice; expected each key once"
        ),
        (
            """
            receivers: *shop
            steps:
              - retry: {}
            """, 1, 12,
            "found undefined alias; expected valid YAML or JSON"
        ),
        (
            """
            seed: seven
            steps:
              - retry: {}
            """, 1, 7,
            "seed is seven; expected a whole number from 0 to 18446744073709551615"
        ),
        (
            """
            seed: -1
            steps:
              - retry: {}
            """, 1, 7,
            "seed is -1; expected a whole number from 0 to 18446744073709551615"
        ),
        (
            """
            clock: 2026-02-30T09:00:00Z
            steps:
              - retry: {}
            """, 1, 8,
            "clock names a day that month 2 of 2026 does not have; expected an instant such as 2026-01-05T09:00:00Z"
        ),
        (
            """
            profile: sandbxo
            steps:
              - retry: {}
            """, 1, 10,
            "profile is sandbxo; did you mean sandbox?"
        ),
        (
            """
            profile: strict
            steps:
              - retry: {}
            """, 1, 10,
            "profile is strict; expected sandbox, faithful"
        ),
        (
            """
            name: [a]
            steps:
              - retry: {}
            """, 1, 7,
            "name is a list; expected a text"
        ),
        (
            """
            name:
            steps:
              - retry: {}
            """, 1, 6,
            "name is null; expected a text"
        ),
        (
            """
            settings: { retry_schedul: [0s] }
            steps:
              - retry: {}
            """, 1, 13,
            "settings has no retry_schedul; did you mean retry_schedule?"
        ),
        (
            """
            settings: { retry_schedule: 5s }
            steps:
              - retry: {}
            """, 1, 29,
            "retry_schedule must be an array of 1 to 100 durations, the wait before each attempt"
        ),
        (
            """
            settings: { retry_schedule: [0s, soon] }
            steps:
              - retry: {}
            """, 1, 29,
            """
            retry_schedule [1] is not a duration; write a number and a unit (ms, s, m, h, d), for example 500ms, \
            5s or 1h30m
            """
        ),
        (
            """
            settings:
              rate_limit: many
            steps:
              - retry: {}
            """, 2, 15,
            "rate_limit must be a whole number from 1 to 100000, or null"
        ),
        (
            """
            settings: { delivery_timeout: 10 }
            steps:
              - retry: {}
            """, 1, 31,
            "delivery_timeout must be a duration such as \"10s\", not a number"
        ),
        ("{\"steps\": [{\"retry\": {}}", 2, 1, "did not find expected ',' or ']'; expected valid YAML or JSON"),
        (
            """
            steps: &a
              - parallel: *a
            """, 2, 15,
            "found undefined alias; expected valid YAML or JSON"
        ),
    ]

    @Test(arguments: files)
    func `a file that is no scenario is refused`(text: String, line: Int, column: Int, message: String) throws {
        try check(text, line, column, message)
    }

    static let receiverMistakes: [(text: String, line: Int, column: Int, message: String)] = [
        (
            """
            receivers: [shop]
            steps:
              - retry: {}
            """, 1, 12,
            "receivers is a list; expected a mapping of names to receivers"
        ),
        (
            """
            receivers: { shop: 200 }
            steps:
              - retry: {}
            """, 1, 20,
            "receiver shop is a number; expected a mapping with respond, delay, hang, reset, body, answers, secret_key, url, command, path"
        ),
        (
            """
            receivers: { shop: { respnd: 200 } }
            steps:
              - retry: {}
            """, 1, 22,
            "receiver shop has no respnd; did you mean respond?"
        ),
        (
            """
            receivers: { shop: { respond: 200, hang: true } }
            steps:
              - retry: {}
            """, 1, 20,
            "receiver shop has respond and hang; expected one of them"
        ),
        (
            """
            receivers: { shop: { respond: [200, 99] } }
            steps:
              - retry: {}
            """, 1, 37,
            "a reply is 99; expected a status from 200 to 599, hang or reset"
        ),
        (
            """
            receivers: { shop: { respond: [503, maybe] } }
            steps:
              - retry: {}
            """, 1, 37,
            "a reply is maybe; expected a status from 200 to 599, hang or reset"
        ),
        (
            """
            receivers: { shop: { respond: [] } }
            steps:
              - retry: {}
            """, 1, 31,
            "respond is an empty list; expected statuses, hang or reset"
        ),
        (
            """
            receivers:
              shop:
                respond:
                  - { delay: 1s }
            steps:
              - retry: {}
            """, 4, 9,
            "a reply needs a status; expected a number, hang or reset"
        ),
        (
            """
            receivers:
              shop: { respond: 200, delay: 5 }
            steps:
              - retry: {}
            """, 2, 32,
            "delay is 5; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            receivers: { shop: { respond: [{ status: 200, headers: [a] }] } }
            steps:
              - retry: {}
            """, 1, 56,
            "headers is a list; expected a mapping of names to texts"
        ),
        (
            """
            receivers: { app: { command: [python3, app.py] } }
            steps:
              - retry: {}
            """, 1, 30,
            "command is a list; expected a text"
        ),
    ]

    @Test(arguments: receiverMistakes)
    func `a receiver that can't be is refused`(text: String, line: Int, column: Int, message: String) throws {
        try check(text, line, column, message)
    }

    static let stepMistakes: [(text: String, line: Int, column: Int, message: String)] = [
        (
            """
            steps:
              - trigerr: { topic: invoice_paid }
            """, 2, 5,
            "there is no step trigerr; did you mean trigger?"
        ),
        (
            """
            steps:
              - sleep: 5s
            """, 2, 5,
            "there is no step sleep; expected \(steps)"
        ),
        (
            """
            steps:
              - retry
            """, 2, 5,
            "a step is a string; expected a mapping with one of \(steps)"
        ),
        (
            """
            steps:
              -
            """, 2, 4,
            "a step is null; expected a mapping with one of \(steps)"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_payed, to: shop }
            """, 3, 25,
            "topic is invoice_payed; did you mean invoice_paid?"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: [invoice_paid, invoice_pad], to: shop }
            """, 3, 40,
            "topic is invoice_pad; did you mean invoice_paid?"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: shpo }
            """, 3, 43,
            "there is no receiver shpo; did you mean shop?"
        ),
        (
            """
            steps:
              - subscribe: { topic: invoice_paid, to: shop }
            """, 2, 43,
            "there is no receiver shop; receivers has none"
        ),
        (
            """
            receivers: { shop: { respond: 200 }, books: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: warehouse }
            """, 3, 43,
            "there is no receiver warehouse; expected books, shop"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid }
            """, 3, 16,
            "subscribe needs topic and to; expected both"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: { invoice_paid: true }, to: shop }
            """, 3, 25,
            "topic is a mapping; expected \(topics)"
        ),
        (
            """
            steps:
              - unsubscribe: {}
            """, 2, 18,
            "unsubscribe needs a topic, a receiver (to) or an id; expected one of them"
        ),
        (
            """
            steps:
              - trigger: invoice_paid
            """, 2, 14,
            "trigger is a string; expected a mapping with topic, entity_id, data, set, count, save"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, count: 0 }
            """, 2, 44,
            "count is 0; expected a whole number from 1 to 10000"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, data: [1] }
            """, 2, 43,
            "data is a list; expected a mapping"
        ),
        (
            """
            steps:
              - advance: 11 minutes
            """, 2, 14,
            "advance is 11 minutes; expected a duration such as 11m, an instant or idle"
        ),
        (
            """
            steps:
              - advance: 11
            """, 2, 14,
            "advance is 11; expected a duration such as 11m, an instant or idle"
        ),
        (
            """
            steps:
              - advance: { by: 11m }
            """, 2, 14,
            "advance is a mapping; expected a duration, an instant or idle"
        ),
        (
            """
            steps:
              - wait: soon
            """, 2, 11,
            "wait is soon; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - wait: [5s]
            """, 2, 11,
            "wait is a list; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - restart: now
            """, 2, 14,
            "restart is now; expected kill or graceful"
        ),
        (
            """
            steps:
              - restart: {}
            """, 2, 14,
            "restart is a mapping; expected kill or graceful"
        ),
        (
            """
            steps:
              - repeat: { times: 3 }
            """, 2, 13,
            "repeat needs times and steps; expected both"
        ),
        (
            """
            steps:
              - repeat: { times: many, steps: [{ retry: {} }] }
            """, 2, 22,
            "times is many; expected a whole number from 1 to 10000"
        ),
        (
            """
            steps:
              - repeat:
                  times: 2
                  steps:
                    - trigger: { topic: invoice_pad }
            """, 5, 29,
            "topic is invoice_pad; did you mean invoice_paid?"
        ),
        (
            """
            steps:
              - parallel: []
            """, 2, 15,
            "steps is empty; expected at least one step"
        ),
    ]

    @Test(arguments: stepMistakes)
    func `a step that can't be is refused`(text: String, line: Int, column: Int, message: String) throws {
        try check(text, line, column, message)
    }

    static let expectationMistakes: [(text: String, line: Int, column: Int, message: String)] = [
        (
            """
            steps:
              - expect: { count: 1 }
            """, 2, 13,
            "expect needs of; expected events, attempts or requests"
        ),
        (
            """
            steps:
              - expect: { of: event, count: 1 }
            """, 2, 19,
            "of is event; expected events, attempts or requests"
        ),
        (
            """
            steps:
              - expect: { of: events }
            """, 2, 13,
            "expect has no bound; expected one of count, at_least, at_most"
        ),
        (
            """
            steps:
              - expect: { of: events, count: 1, at_least: 1 }
            """, 2, 13,
            "expect has count and at_least; expected one of count, at_least, at_most"
        ),
        (
            """
            steps:
              - expect: { of: events, count: three }
            """, 2, 34,
            "count is three; expected a whole number from 0 to 2147483647"
        ),
        (
            """
            steps:
              - expect: { of: events, where: [failed], count: 1 }
            """, 2, 34,
            "where is a list; expected a mapping of fields to values"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { outcome: failed }, count: 1 }
            """, 2, 36,
            """
            these rows have no outcome; expected attempts, client_id, endpoint_url, entity_id, id, last_error, \
            last_status_code, status, subscription_id, topic
            """
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { outcom: failed }, count: 1 }
            """, 2, 38,
            "these rows have no outcom; did you mean outcome?"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { status: deliverd }, count: 1 }
            """, 2, 44,
            "status is deliverd; did you mean delivered?"
        ),
        (
            """
            steps:
              - expect: { of: events, count: 1, within: 5 }
            """, 2, 45,
            "within is 5; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - call: { method: GET }
            """, 2, 11,
            "call needs a path; expected one such as /webhooks/events"
        ),
        (
            """
            steps:
              - call: { path: webhooks }
            """, 2, 19,
            "path is webhooks; expected one that starts with /"
        ),
        (
            """
            steps:
              - call: { method: get, path: /webhooks }
            """, 2, 21,
            "method is get; expected one of GET, HEAD, POST, PUT, PATCH, DELETE"
        ),
        (
            """
            steps:
              - call: { path: /webhooks, status: OK }
            """, 2, 38,
            "status is OK; expected a whole number from 100 to 599"
        ),
        (
            """
            steps:
              - call: { path: /webhooks, auth: no }
            """, 2, 36,
            "auth is no; expected true or false"
        ),
        (
            """
            steps:
              - call: { path: /webhooks, header: Retry-After }
            """, 2, 38,
            "header is a string; expected a mapping of names to texts"
        ),
        (
            """
            steps:
              - call: { path: /webhooks, save: cursor }
            """, 2, 36,
            "save is a string; expected a mapping of names to paths in the answer, such as cursor: end_cursor"
        ),
        (
            """
            steps:
              - call: { path: /webhooks, save: { the-cursor: end_cursor } }
            """, 2, 38,
            "save is the-cursor; expected a name of letters, digits and _"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: shop, save: subscription }
            """, 3, 55,
            "subscription is saved but never used; use it as ${subscription} in a later step, or remove it"
        ),
        (
            """
            steps:
              - call: { path: "/webhooks?after=${cursor}" }
            """, 2, 19,
            "${cursor} was not saved by an earlier step"
        ),
        (
            """
            steps:
              - call: { path: "/webhooks?after=${cursor}" }
              - call: { path: /webhooks, save: { cursor: end_cursor } }
            """, 2, 19,
            "${cursor} was not saved by an earlier step"
        ),
    ]

    @Test(arguments: expectationMistakes)
    func `an expectation or call that can't be is refused`(text: String, line: Int, column: Int, message: String) throws
    {
        try check(text, line, column, message)
    }

    static let faultMistakes: [(text: String, line: Int, column: Int, message: String)] = [
        (
            """
            steps:
              - fault: chaoss
            """, 2, 12,
            "fault is chaoss; did you mean chaos?"
        ),
        (
            """
            steps:
              - fault: { target: delivery }
            """, 2, 12,
            """
            fault: effect is required: an object with one of drop, lose, delay, duplicate, reorder, timeout, \
            connection, truncate_body, corrupt_body, wrong_secret, no_secret, fail_after_accept, status
            """
        ),
        (
            """
            steps:
              - fault:
                  target: delivery
                  probability: 2
                  effect: { drop: true }
            """, 4, 20,
            "fault: probability must be a number from 0 to 1"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { duplicate: 1 } }
            """, 2, 53,
            "fault: effect.duplicate must be a whole number from 2 to 100"
        ),
        (
            """
            steps:
              - fault: { target: api, match: { path: /nowhere }, effect: { status: 503 } }
            """, 2, 42,
            "fault: match.path can match nothing: no such call has the path /nowhere"
        ),
        (
            """
            steps:
              - fault: { target: api, effect: { status: 503 }, for: a while }
            """, 2, 57,
            "fault: for is not a duration; write a number and a unit (ms, s, m, h, d), for example 500ms, 5s or 1h30m"
        ),
    ]

    @Test(arguments: faultMistakes)
    func `a fault that can't be is refused`(text: String, line: Int, column: Int, message: String) throws {
        try check(text, line, column, message)
    }

    /// Each list holds the one before ten times.
    private static let bomb =
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + zip("abcde", "bcdef").map {
            "\($1): &\($1) [\(Array(repeating: "*\($0)", count: 10).joined(separator: ", "))]\n"
        }
        .joined() + "steps: *f\n"

    static let bounds: [(text: String, line: Int, column: Int, message: String)] = [
        (bomb, 1, 20, "the file has more than 100000 values, aliases counted; expected fewer"),
        (
            "name: [\(String(repeating: "x,", count: 100_001))]", 1, 200_002,
            "the file has more than 100000 values, aliases counted; expected fewer"
        ),
        (
            "steps: " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100), 1, 72,
            "values nest deeper than 64 levels; expected fewer"
        ),
        (
            "steps: " + String(repeating: "[{parallel: ", count: 8) + "[{retry: {}}]"
                + String(repeating: "}]", count: 8),
            1, 104, "steps nest deeper than 8 levels; expected fewer"
        ),
        (String(repeating: "#", count: 1 << 20) + "\n", 1, 1, "the file is larger than 1 MiB; expected a smaller one"),
    ]

    @Test(arguments: bounds)
    func `a file without bounds is refused`(text: String, line: Int, column: Int, message: String) throws {
        try check(text, line, column, message)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `nesting without end is refused and not followed`(opening: String) throws {
        #expect(try problems(of: "steps:\n" + String(repeating: opening, count: 100_000)).count == 1)
    }

    @Test func `a file of just 1 MiB is read`() throws {
        let steps = "steps: [{ retry: {} }]\n"
        let comment = String(repeating: "#", count: (1 << 20) - steps.utf8.count)
        #expect(try ScenarioFile.parse(steps + comment).steps.count == 1)
    }

    @Test func `all mistakes are told at once in the order of the file`() throws {
        let text = """
            name: Everything is wrong
            seeed: 7
            receivers: { shop: { respond: 99 } }
            steps:
              - subscribe: { topic: invoice_payed, to: shpo }
              - advance: soon
              - restart: now
            """
        let found = try #require(throws: ScenarioProblems.self) { try ScenarioFile.parse(text) }
        #expect(
            found.description(file: "wrong.yaml") == """
                wrong.yaml:2:1: a scenario has no seeed; did you mean seed?
                wrong.yaml:3:31: a reply is 99; expected a status from 200 to 599, hang or reset
                wrong.yaml:5:25: topic is invoice_payed; did you mean invoice_paid?
                wrong.yaml:5:44: there is no receiver shpo; did you mean shop?
                wrong.yaml:6:14: advance is soon; expected a duration such as 11m, an instant or idle
                wrong.yaml:7:14: restart is now; expected kill or graceful
                """)
    }

    @Test(arguments: [
        ("steps:\r\n  - advance: soon\r\n", 2, 14), ("steps: [{ call: { path: \"/ü😀\" } }, { advance: soon }]", 1, 47),
    ])
    func `lines and columns are those an editor shows`(text: String, line: Int, column: Int) throws {
        let message = "advance is soon; expected a duration such as 11m, an instant or idle"
        try check(text, line, column, message)
    }
}
