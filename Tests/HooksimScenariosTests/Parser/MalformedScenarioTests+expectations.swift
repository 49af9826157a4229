extension MalformedScenarioTests {
    /// Invalid expectations and requests.
    static let expectationMistakes: [Mistake] = [
        (
            """
            steps:
              - expect: { count: 1 }
            """,
            "2:13: expect needs of; expected events, attempts or requests"
        ),
        (
            """
            steps:
              - expect: { of: event, count: 1 }
            """,
            "2:19: of is event; did you mean events?"
        ),
        (
            """
            steps:
              - expect: { of: events }
            """,
            "2:13: expect has no bound; expected one of count, at_least, at_most"
        ),
        (
            """
            steps:
              - expect: { of: events, count: 1, at_least: 1 }
            """,
            "2:13: expect has count and at_least; expected one of count, at_least, at_most"
        ),
        (
            """
            steps:
              - expect: { of: events, count: three }
            """,
            "2:34: count is three; expected a whole number from 0 to 2147483647"
        ),
        (
            """
            steps:
              - expect: { of: events, where: [failed], count: 1 }
            """,
            "2:34: where is a list; expected a mapping of fields to values"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { outcome: failed }, count: 1 }
            """,
            """
            2:36: these rows have no outcome; expected attempts, client_id, endpoint_url, entity_id, id, last_error, \
            last_status_code, status, subscription_id, topic
            """
        ),
        (
            """
            steps:
              - expect: { of: attempts, where: { outcom: failed }, count: 1 }
            """,
            "2:38: these rows have no outcom; did you mean outcome?"
        ),
        (
            """
            steps:
              - expect: { of: events, where: { status: deliverd }, count: 1 }
            """,
            "2:44: status is deliverd; did you mean delivered?"
        ),
        (
            """
            steps:
              - expect: { of: events, count: 1, timeout: 5 }
            """,
            "2:46: timeout is 5; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            steps:
              - expect: { of: events, count: 1, timeout_ms: 1h }
              - expect: { of: events, count: 1, timeout_ms: 1, timeout: 1ms }
            """,
            """
            2:49: timeout_ms is 1h; expected a whole number from 0 to 600000
            3:13: expect has timeout and timeout_ms; expected one of them
            """
        ),
        (
            """
            steps:
              - request: { method: GET }
            """,
            "2:14: request needs a path; expected one such as /webhooks/events"
        ),
        (
            """
            steps:
              - request: { path: webhooks }
            """,
            "2:22: path is webhooks; expected one that starts with /"
        ),
        (
            """
            steps:
              - request: { method: get, path: /webhooks }
            """,
            "2:24: method is get; did you mean GET?"
        ),
        (
            """
            steps:
              - request: { path: /webhooks, status: OK }
            """,
            "2:41: status is OK; expected a whole number from 100 to 599"
        ),
        (
            """
            steps:
              - request: { path: /webhooks, auth: no }
            """,
            "2:39: auth is no; expected true or false"
        ),
        (
            """
            steps:
              - request: { path: /webhooks, header: Retry-After }
            """,
            "2:41: header is a string; expected a mapping of names to texts"
        ),
        (
            """
            steps:
              - request: { path: /webhooks, save: cursor }
            """,
            "2:39: save is a string; expected a mapping of names to paths in the response, such as cursor: end_cursor"
        ),
        (
            """
            steps:
              - request: { path: /webhooks, save: { the-cursor: end_cursor } }
            """,
            "2:41: save is the-cursor; expected a name of letters, digits and _"
        ),
        (
            """
            receivers: { shop: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: shop, save: subscription }
            """,
            "3:55: subscription is saved but never used; expected ${subscription} in a later step, or nothing saved"
        ),
        (
            """
            steps:
              - request: { path: "/webhooks?after=${cursor}" }
            """,
            "2:22: ${cursor} was not saved by an earlier step; expected a name that was"
        ),
        (
            """
            steps:
              - request: { path: "/webhooks?after=${cursor}" }
              - request: { path: /webhooks, save: { cursor: end_cursor } }
            """,
            "2:22: ${cursor} was not saved by an earlier step; expected a name that was"
        ),
    ]
}
