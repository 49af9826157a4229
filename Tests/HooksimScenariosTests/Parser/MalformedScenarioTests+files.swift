extension MalformedScenarioTests {
    /// Files that are no scenario at all.
    static let files: [Mistake] = [
        (
            "",
            "1:1: the file is empty; expected a scenario with name, receivers and steps"
        ),
        (
            "# nothing yet",
            "1:1: the file is empty; expected a scenario with name, receivers and steps"
        ),
        (
            "- subscribe",
            """
            1:1: a scenario is a list; expected a mapping with name, seed, clock, profile, settings, receivers, steps
            """
        ),
        (
            "hello",
            """
            1:1: a scenario is a string; expected a mapping with name, seed, clock, profile, settings, receivers, \
            steps
            """
        ),
        (
            "name: x",
            "1:1: steps is missing; expected a list of steps"
        ),
        (
            "steps: []",
            "1:8: steps is empty; expected at least one step"
        ),
        (
            "steps: { retry: {} }",
            "1:8: steps is a mapping; expected a list of steps"
        ),
        (
            "steps:",
            "1:7: steps is null; expected a list of steps"
        ),
        (
            """
            colour: red
            steps:
              - retry: {}
            """,
            "1:1: a scenario has no colour; expected name, seed, clock, profile, settings, receivers, steps"
        ),
        (
            """
            seed: seven
            steps:
              - retry: {}
            """,
            "1:7: seed is seven; expected a whole number from 0 to 18446744073709551615"
        ),
        (
            """
            seed: -1
            steps:
              - retry: {}
            """,
            "1:7: seed is -1; expected a whole number from 0 to 18446744073709551615"
        ),
        (
            """
            clock: 2026-02-30T09:00:00Z
            steps:
              - retry: {}
            """,
            """
            1:8: clock is 2026-02-30T09:00:00Z, which names a day that month 2 of 2026 does not have; expected an \
            instant such as 2026-01-05T09:00:00Z
            """
        ),
        (
            """
            profile: sandbxo
            steps:
              - retry: {}
            """,
            "1:10: profile is sandbxo; did you mean sandbox?"
        ),
        (
            """
            profile: strict
            steps:
              - retry: {}
            """,
            "1:10: profile is strict; expected sandbox or faithful"
        ),
        (
            """
            name: [a]
            steps:
              - retry: {}
            """,
            "1:7: name is a list; expected a text"
        ),
        (
            """
            name:
            steps:
              - retry: {}
            """,
            "1:6: name is null; expected a text"
        ),
        (
            """
            settings: { retry_schedul: [0s] }
            steps:
              - retry: {}
            """,
            "1:13: settings has no retry_schedul; did you mean retry_schedule?"
        ),
        (
            """
            settings: { retry_schedule: 5s }
            steps:
              - retry: {}
            """,
            "1:29: retry_schedule is 5s; expected an array of 1 to 100 durations, the wait before each attempt"
        ),
        (
            """
            settings: { retry_schedule: [0s, soon] }
            steps:
              - retry: {}
            """,
            """
            1:34: retry_schedule is soon, which is not a duration; expected a number and a unit (ms, s, m, h, d), for \
            example 500ms, 5s or 1h30m
            """
        ),
        (
            """
            settings:
              rate_limit: many
            steps:
              - retry: {}
            """,
            "2:15: rate_limit is many; expected a whole number from 1 to 100000, or null"
        ),
        (
            """
            settings: { delivery_timeout: 10 }
            steps:
              - retry: {}
            """,
            """
            1:31: delivery_timeout is 10, a number; expected a duration such as "10s"
            """
        ),
        (
            """
            step:
              - retry: {}
            """,
            "1:1: a scenario has no step; did you mean steps?"
        ),
        (
            """
            reciever: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: shop }
            """,
            "1:1: a scenario has no reciever; did you mean receivers?"
        ),
        (
            """
            clock: tomorrow
            steps:
              - retry: {}
            """,
            "1:8: clock is tomorrow; expected an instant such as 2026-01-05T09:00:00Z"
        ),
        (
            """
            clock: 2026-01-05T09:00:00
            steps:
              - retry: {}
            """,
            """
            1:8: clock is 2026-01-05T09:00:00, which needs Z or an offset such as +02:00 after the time; expected an \
            instant such as 2026-01-05T09:00:00Z
            """
        ),
        (
            """
            seed: "7"
            steps:
              - retry: {}
            """,
            "1:7: seed is the text 7; expected a whole number from 0 to 18446744073709551615"
        ),
        (
            #"{"n\ud83d\ude00": 1, "steps": [{"advance": "so\u006fn"}]}"#,
            """
            1:2: a scenario has no n😀; expected name, seed, clock, profile, settings, receivers, steps
            1:44: advance is soon; expected a duration such as 11m, an instant or idle
            """
        ),
        (
            """
            settings: { retry_jitter: 2, token_ttl: 1 }
            steps:
              - retry: {}
            """,
            """
            1:27: retry_jitter is 2; expected a number from 0 to 1
            1:41: token_ttl is 1, a number; expected a duration such as "10s"
            """
        ),
        (
            """
            settings: []
            steps:
              - retry: {}
            """,
            """
            1:11: settings is an empty list; expected a mapping with retry_schedule, retry_jitter, delivery_timeout, \
            delivery_concurrency, rate_limit, token_ttl, auto_disable_threshold, \
            retention_events, retention_attempts, retention_requests
            """
        ),
        (
            """
            settings: { rate_limit: "5" }
            steps:
              - retry: {}
            """,
            "1:25: rate_limit is the text 5; expected a whole number from 1 to 100000, or null"
        ),
    ]
}
