extension MalformedScenarioTests {
    /// Steps that can't be.
    static let stepMistakes: [Mistake] = [
        (
            """
            steps:
              - trigerr: { topic: invoice_paid }
            """,
            "2:5: there is no step trigerr; did you mean trigger?"
        ),
        (
            """
            steps:
              - sleep: 5s
            """,
            "2:5: there is no step sleep; expected \(steps)"
        ),
        (
            """
            steps:
              - retry
            """,
            "2:5: a step is a string; expected a mapping with one of \(steps)"
        ),
        (
            """
            steps:
              -
            """,
            "2:4: a step is null; expected a mapping with one of \(steps)"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_payed, to: shop }
            """,
            "3:25: topic is invoice_payed; did you mean invoice_paid?"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: [invoice_paid, invoice_pad], to: shop }
            """,
            "3:40: topic is invoice_pad; did you mean invoice_paid?"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: shpo }
            """,
            "3:43: there is no receiver shpo; did you mean shop?"
        ),
        (
            """
            steps:
              - subscribe: { topic: invoice_paid, to: shop }
            """,
            "2:43: there is no receiver shop; receivers has none"
        ),
        (
            """
            receivers: { shop: { respond: 200 }, books: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: warehouse }
            """,
            "3:43: there is no receiver warehouse; expected books, shop"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid }
            """,
            "3:16: subscribe needs topic and to; expected both"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: { invoice_paid: true }, to: shop }
            """,
            "3:25: topic is a mapping; expected \(topics)"
        ),
        (
            """
            steps:
              - unsubscribe: {}
            """,
            "2:18: unsubscribe needs a topic, a receiver (to) or an id; expected one of them"
        ),
        (
            """
            steps:
              - trigger: invoice_paid
            """,
            "2:14: trigger is a string; expected a mapping with topic, entity_id, data, set, count, save"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, count: 0 }
            """,
            "2:44: count is 0; expected a whole number from 1 to 10000"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, data: [1] }
            """,
            "2:43: data is a list; expected a mapping"
        ),
        (
            """
            steps:
              - advance: 11 minutes
            """,
            "2:14: advance is 11 minutes; expected a duration such as 11m, an instant or idle"
        ),
        (
            """
            steps:
              - advance: 11
            """,
            "2:14: advance is 11; expected a duration such as 11m, an instant or idle"
        ),
        (
            """
            steps:
              - advance: { by: 11m }
            """,
            "2:14: advance is a mapping; expected a duration, an instant or idle"
        ),
        (
            """
            steps:
              - wait: soon
            """,
            "2:11: wait is soon; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - wait: [5s]
            """,
            "2:11: wait is a list; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - restart: now
            """,
            "2:14: restart is now; expected kill or graceful"
        ),
        (
            """
            steps:
              - restart: {}
            """,
            "2:14: restart is an empty mapping; expected kill or graceful"
        ),
        (
            """
            steps:
              - repeat: { times: 3 }
            """,
            "2:13: repeat needs times and steps; expected both"
        ),
        (
            """
            steps:
              - repeat: { times: many, steps: [{ retry: {} }] }
            """,
            "2:22: times is many; expected a whole number from 1 to 10000"
        ),
        (
            """
            steps:
              - repeat:
                  times: 2
                  steps:
                    - trigger: { topic: invoice_pad }
            """,
            "5:29: topic is invoice_pad; did you mean invoice_paid?"
        ),
        (
            """
            steps:
              - parallel: []
            """,
            "2:15: parallel is empty; expected at least one step"
        ),
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
                wait: 1s
            """,
            "3:5: a step has retry and wait; expected one of them"
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
              - wait: 400d
            """,
            "2:11: wait is 400d; expected at most 365d"
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
