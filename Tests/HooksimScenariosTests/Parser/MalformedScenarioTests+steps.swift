extension MalformedScenarioTests {
    /// Invalid steps.
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
              - wait_real: soon
            """,
            "2:16: wait_real is soon; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - wait_real: [5s]
            """,
            "2:16: wait_real is a list; expected a duration such as 200ms, 5s or 1h30m"
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
    ]
}
