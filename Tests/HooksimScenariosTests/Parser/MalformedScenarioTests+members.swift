extension MalformedScenarioTests {
    /// Steps with unknown members or with values of the wrong type.
    static let memberMistakes: [Mistake] = [
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: [], to: shop }
            """,
            "3:25: topic is an empty list; expected at least one topic"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: shop, secret: x }
            """,
            "3:49: subscribe has no secret; did you mean secret_key?"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topik: invoice_paid, to: shop }
            """,
            "3:18: subscribe has no topik; did you mean topic?"
        ),
        (
            """
            steps:
              - retry: now
            """,
            "2:12: retry is now; expected {}"
        ),
        (
            """
            steps:
              - retry: { times: 3 }
            """,
            "2:14: retry has no times; expected {}"
        ),
        (
            """
            steps:
              - clear_faults: all
            """,
            "2:19: clear_faults is all; expected {}"
        ),
        (
            """
            steps:
              - clear_faults: []
            """,
            "2:19: clear_faults is an empty list; expected {}"
        ),
        (
            """
            steps:
              - retry: {}
                wait_real: 1s
            """,
            "3:5: a step has retry and wait_real; expected one of them"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe:
                topic: invoice_paid
                to: shop
            """,
            """
            4:5: a step has subscribe, topic and to; expected subscribe alone, with what belongs to it indented \
            further
            """
        ),
        (
            """
            steps:
              - {}
            """,
            "2:5: a step is an empty mapping; expected a mapping with one of \(steps)"
        ),
        (
            """
            steps:
              - parallel: { retry: {} }
            """,
            "2:15: parallel is a mapping; expected a list of steps"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, count: "3" }
            """,
            "2:44: count is the text 3; expected a whole number from 1 to 10000"
        ),
        (
            """
            steps:
              - trigger: { count: 3 }
            """,
            "2:14: trigger needs a topic; expected one of the 18"
        ),
        (
            """
            steps:
              - advance: idel
            """,
            "2:14: advance is idel; did you mean idle?"
        ),
        (
            """
            steps:
              - advance: 2026-02-30
            """,
            """
            2:14: advance is 2026-02-30, which names a day that month 2 of 2026 does not have; expected an instant \
            such as 2026-01-05T09:00:00Z
            """
        ),
        (
            """
            steps:
              - advance: 400d
            """,
            "2:14: advance is 400d; expected at most 365d"
        ),
        (
            """
            steps:
              - wait_real: 400d
            """,
            "2:16: wait_real is 400d; expected at most 365d"
        ),
        (
            """
            steps:
              - restart: killl
            """,
            "2:14: restart is killl; did you mean kill?"
        ),
        (
            """
            steps:
              - repeat: { time: 2, steps: [{ retry: {} }] }
            """,
            "2:15: repeat has no time; did you mean times?"
        ),
        (
            """
            steps:
              - "a\\nb\\Lc\\e": 1
            """,
            "2:5: there is no step a b c ; expected \(steps)"
        ),
    ]
}
