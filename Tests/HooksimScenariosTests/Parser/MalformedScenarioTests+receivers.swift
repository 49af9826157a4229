extension MalformedScenarioTests {
    /// Invalid receivers.
    static let receiverMistakes: [Mistake] = [
        (
            """
            receivers: [shop]
            steps:
              - retry: {}
            """,
            "1:12: receivers is a list; expected a mapping of names to receivers"
        ),
        (
            """
            receivers: { shop: 200 }
            steps:
              - retry: {}
            """,
            """
            1:20: receiver shop is a number; expected a mapping with respond, delay, hang, reset, body, responses, \
            secret_key, url, command, path
            """
        ),
        (
            """
            receivers: { shop: { url: "http://127.0.0.1:1", secret_key: a-secret }, b: { responses: [{ topic: invoice_paid }] } }
            steps:
              - retry: {}
            """,
            """
            1:49: secret_key does nothing here; expected it beside respond, hang or reset
            1:90: an entry of responses needs a topic or an entity_id, and respond; expected both
            """
        ),
        (
            """
            receivers: { shop: { respnd: 200 } }
            steps:
              - retry: {}
            """,
            "1:22: receiver shop has no respnd; did you mean respond?"
        ),
        (
            """
            receivers: { shop: { respond: 200, hang: true } }
            steps:
              - retry: {}
            """,
            "1:20: receiver shop has respond and hang; expected one of them"
        ),
        (
            """
            receivers: { shop: { respond: [200, 99] } }
            steps:
              - retry: {}
            """,
            "1:37: a response is 99; expected a status from 200 to 599, hang or reset"
        ),
        (
            """
            receivers: { shop: { respond: [503, maybe] } }
            steps:
              - retry: {}
            """,
            "1:37: a response is maybe; expected a status from 200 to 599, hang or reset"
        ),
        (
            """
            receivers: { shop: { respond: [] } }
            steps:
              - retry: {}
            """,
            "1:31: respond is an empty list; expected statuses, hang or reset"
        ),
        (
            """
            receivers:
              shop:
                respond:
                  - { delay: 1s }
            steps:
              - retry: {}
            """,
            "4:9: a response needs a status; expected a number, hang or reset"
        ),
        (
            """
            receivers:
              shop: { respond: 200, delay: 5 }
            steps:
              - retry: {}
            """,
            "2:32: delay is 5; expected a duration such as 200ms, 5s or 1h30m"
        ),
        (
            """
            receivers: { shop: { respond: [{ status: 200, headers: [a] }] } }
            steps:
              - retry: {}
            """,
            "1:56: headers is a list; expected a mapping of names to texts"
        ),
        (
            """
            receivers: { app: { command: [python3, app.py] } }
            steps:
              - retry: {}
            """,
            "1:30: command is a list; expected a text"
        ),
        (
            """
            receivers: { shop: { hang: false } }
            steps:
              - retry: {}
            """,
            "1:28: hang is false; expected true"
        ),
        (
            """
            receivers: { shop: { hang: sometimes } }
            steps:
              - retry: {}
            """,
            "1:28: hang is sometimes; expected true"
        ),
        (
            """
            receivers: { shop: { reset: "true" } }
            steps:
              - retry: {}
            """,
            "1:29: reset is the text true; expected true"
        ),
        (
            """
            receivers:
              shop: { url: "http://localhost:3000", delay: 1s, body: x, path: /y }
            steps:
              - retry: {}
            """,
            """
            2:41: delay does nothing here; expected it beside respond, hang or reset
            2:52: body does nothing here; expected it beside respond, hang or reset
            2:61: path does nothing here; expected it beside command
            """
        ),
        (
            """
            receivers: { shop: { respond: 200, path: /x } }
            steps:
              - retry: {}
            """,
            "1:36: path does nothing here; expected it beside command"
        ),
        (
            """
            receivers: { shop: { path: /x } }
            steps:
              - retry: {}
            """,
            "1:22: path does nothing here; expected it beside command"
        ),
        (
            """
            receivers: { shop: { command: run, delay: 1s } }
            steps:
              - retry: {}
            """,
            "1:36: delay does nothing here; expected it beside respond, hang or reset"
        ),
        (
            """
            receivers: { shop: { url: "localhost:3000" } }
            steps:
              - retry: {}
            """,
            "1:27: url localhost:3000 has no scheme; expected http:// or https://"
        ),
        (
            """
            receivers: { shop: { url: "ftp://localhost" } }
            steps:
              - retry: {}
            """,
            "1:27: url ftp://localhost has another scheme; expected http:// or https://"
        ),
        (
            """
            receivers: { shop: { url: "http://" } }
            steps:
              - retry: {}
            """,
            "1:27: url http:// has no host; expected an http or https URL"
        ),
        (
            """
            receivers: { shop: { respond: "200" } }
            steps:
              - retry: {}
            """,
            "1:31: a response is the text 200; expected a status from 200 to 599, hang or reset"
        ),
        (
            """
            receivers: { shop: { respond: resett } }
            steps:
              - retry: {}
            """,
            "1:31: a response is resett; did you mean reset?"
        ),
        (
            """
            receivers: { shop: { respond: { status: { status: 200 } } } }
            steps:
              - retry: {}
            """,
            "1:41: a response is a mapping; expected a status from 200 to 599, hang or reset"
        ),
        (
            """
            receivers: { 1: { respond: 200 } }
            steps:
              - subscribe: { topic: invoice_paid, to: 2 }
            """,
            "3:43: there is no receiver 2; expected 1"
        ),
    ]
}
