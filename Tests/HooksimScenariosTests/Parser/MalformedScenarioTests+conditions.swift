extension MalformedScenarioTests {
    /// Invalid conditions of expectations, and invalid saved values.
    static let conditionMistakes: [Mistake] = [
        (
            """
            steps:
              - expect: { of: attempts, where: { outcome: fail }, count: 1 }
            """,
            "2:47: outcome is fail; expected delivered or failed"
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { outcome: pending }, count: 1 }
            """,
            "2:47: outcome is pending; expected delivered or failed"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { id: [a] }, count: 1 }
            """,
            "2:40: id is a list; expected a string"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { id: 12 }, count: 1 }
            """,
            "2:40: id is 12, a number; expected a string"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { id: x }, count: 1 }
            """,
            "2:40: id is x; expected a UUID"
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { status_code: [200, 201] }, count: 1 }
            """,
            "2:51: status_code is a list; expected a whole number from 0 to 2147483647"
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { status_code: "200" }, count: 1 }
            """,
            "2:51: status_code is the text 200; expected a whole number from 0 to 2147483647"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { entity_id: 42 }, count: 1 }
            """,
            "2:47: entity_id is 42, a number; expected a string"
        ),
        (
            """
            steps:
              - expect: { of: requests, where: { status: [200] }, count: 1 }
            """,
            "2:46: status is a list; expected a single value"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { payload.data.id: [1] }, count: 1 }
            """,
            "2:53: payload.data.id is a list; expected a single value"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { payload..id: 1 }, count: 1 }
            """,
            "2:36: payload..id names no member; expected one, as in payload.data.invoice_id"
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { status: 1 }, count: 1 }
            """,
            "2:38: these rows have no status; did you mean status_code?"
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { payload.id: 1 }, count: 1 }
            """,
            """
            2:38: these rows have no payload.id; expected attempt, client_id, endpoint_url, entity_id, error, \
            event_id, failure, fault, outcome, status_code, topic
            """
        ),
        (
            """
            steps:
              - expect: { of: events, where: { attempts: -1 }, count: 1 }
            """,
            "2:46: attempts is -1; expected a whole number from 0 to 2147483647"
        ),
        (
            """
            steps:
              - expect: { of: events, count: 1, timeout: 1h }
            """,
            "2:46: timeout is 1h; expected at most 10m"
        ),
        (
            """
            steps:
              - expect: { of: events, count: "1" }
            """,
            "2:34: count is the text 1; expected a whole number from 0 to 2147483647"
        ),
        (
            """
            steps:
              - expect: { of: events, cuont: 1 }
            """,
            "2:27: expect has no cuont; did you mean count?"
        ),
        (
            """
            steps:
              - request: { path: /x, save: { cursor: [x] } }
              - request: { path: "/${cursor}" }
            """,
            "2:42: save.cursor is a list; expected a path in the response, such as data.0.id"
        ),
        (
            """
            steps:
              - request: { path: /x, save: { cursor: } }
              - request: { path: "/${cursor}" }
            """,
            "2:42: save.cursor is empty; expected a path in the response, such as data.0.id"
        ),
        (
            """
            steps:
              - request: { path: /x, auth: "true" }
            """,
            "2:32: auth is the text true; expected true or false"
        ),
        (
            """
            steps:
              - request: { path: /x, save: { cursor: end_cursor } }
              - request: { path: "/x?after=${cursr}" }
            """,
            "3:22: ${cursr} was not saved by an earlier step; did you mean ${cursor}?"
        ),
    ]
}
