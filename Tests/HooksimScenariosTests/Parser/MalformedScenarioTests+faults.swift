extension MalformedScenarioTests {
    /// Invalid fault rules.
    static let faultMistakes: [Mistake] = [
        (
            """
            steps:
              - fault: chaoss
            """,
            "2:12: fault is chaoss; did you mean chaos?"
        ),
        (
            """
            steps:
              - fault: { target: delivery }
            """,
            """
            2:12: fault: effect is missing; expected an object with one of drop, lose, delay, duplicate, reorder, \
            timeout, connection, truncate_body, corrupt_body, wrong_secret, no_secret, fail_after_accept, status
            """
        ),
        (
            """
            steps:
              - fault:
                  target: delivery
                  probability: 2
                  effect: { drop: true }
            """,
            "4:20: fault: probability is 2; expected a number from 0 to 1"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { duplicate: 1 } }
            """,
            "2:53: fault: effect.duplicate is 1; expected a whole number from 2 to 100"
        ),
        (
            """
            steps:
              - fault: { target: api, match: { path: /nowhere }, effect: { status: 503 } }
            """,
            "2:42: fault: match.path is /nowhere, which can match nothing: no such request has the path /nowhere"
        ),
        (
            """
            steps:
              - fault: { target: api, effect: { status: 503 }, for: a while }
            """,
            """
            2:57: fault: for is a while, which is not a duration; expected a number and a unit (ms, s, m, h, d), for \
            example 500ms, 5s or 1h30m
            """
        ),
        (
            """
            steps:
              - fault: [chaos]
            """,
            "2:12: fault is a list; expected a preset or a rule"
        ),
        (
            """
            steps:
              - fault: {}
            """,
            """
            2:12: fault: target is missing; expected api, token or delivery
            2:12: fault: effect is missing; expected an object with one effect
            """
        ),
        (
            """
            steps:
              - fault: { target: delivry, effect: { drop: true } }
            """,
            "2:22: fault: target is delivry, which is not known; did you mean delivery?"
        ),
        (
            """
            steps:
              - fault: { targt: api, effect: { status: 503 } }
            """,
            "2:14: fault: a rule has no targt; did you mean target?"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { dorp: true } }
            """,
            "2:42: fault: effect has no dorp; did you mean drop?"
        ),
        (
            """
            steps:
              - fault: { target: api, effect: { drop: true } }
            """,
            """
            2:37: fault: effect has no drop; expected status, delay, connection, dribble, malformed_json, \
            rate_limited, expire_token, stale_cursor
            """
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: {} }
            """,
            """
            2:40: fault: effect is an empty mapping; expected exactly one of drop, lose, delay, duplicate, reorder, \
            timeout, connection, truncate_body, corrupt_body, wrong_secret, no_secret, fail_after_accept, status
            """
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { drop: true, lose: true } }
            """,
            """
            2:40: fault: effect has drop and lose; expected exactly one of drop, lose, delay, duplicate, reorder, \
            timeout, connection, truncate_body, corrupt_body, wrong_secret, no_secret, fail_after_accept, status
            """
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: drop }
            """,
            "2:40: fault: effect is drop, a string; expected an object"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { drop: yes } }
            """,
            "2:48: fault: effect.drop is yes; expected true"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { reorder: {} } }
            """,
            "2:51: fault: effect.reorder.window is missing; expected a value"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { reorder: { windw: 3 } } }
            """,
            "2:53: fault: effect.reorder has no windw; did you mean window?"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { connection: rest } }
            """,
            "2:54: fault: effect.connection is rest, which is not known; did you mean reset?"
        ),
        (
            """
            steps:
              - fault: { target: delivery, match: { topic: invoice_pad }, effect: { drop: true } }
            """,
            "2:48: fault: match.topic is invoice_pad, which is not known; did you mean invoice_paid?"
        ),
        (
            """
            steps:
              - fault: { target: api, match: { operation: listEvent }, effect: { status: 503 } }
            """,
            "2:47: fault: match.operation is listEvent, which is no operation of target api; did you mean listEvents?"
        ),
        (
            """
            steps:
              - fault: { target: api, effect: { status: 503, headers: { "a b": c, Content-Length: "1" } } }
            """,
            """
            2:61: fault: effect.headers.a b is not a header name
            2:71: fault: effect.headers.Content-Length frames the message, so it can't be set; use the connection \
            effect
            """
        ),
        (
            """
            steps:
              - fault: { target: api, effect: { status: 503 }, times: "3" }
            """,
            "2:59: fault: times is the text 3; expected a whole number from 1 to 2147483647"
        ),
        (
            """
            steps:
              - fault: { target: delivery, effect: { delay: { uniform: { min: 3s, max: 2s } } } }
            """,
            "2:76: fault: effect.delay.uniform.max is 2s, but must not be shorter than min"
        ),
    ]
}
