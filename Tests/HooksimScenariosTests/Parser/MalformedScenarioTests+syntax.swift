extension MalformedScenarioTests {
    /// Files that are not valid YAML or JSON, or that use unsupported features of YAML.
    static let syntaxMistakes: [Mistake] = [
        (
            """
            steps:
            \t- retry: {}
            """,
            "2:1: a tab can't indent; expected spaces"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid
            """,
            "3:1: did not find expected ',' or '}'; expected valid YAML"
        ),
        (
            """
            name: "An outage
            steps:
              - retry: {}
            """,
            "3:14: found unexpected end of stream; expected valid YAML"
        ),
        (
            """
            name: one
            name: two
            steps:
              - retry: {}
            """,
            "2:1: name is given twice; expected each key once"
        ),
        (
            """
            "*a": 1
            "*a": 2
            """,
            "2:1: *a is given twice; expected each key once"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, topic: payout_paid }
            """,
            "2:37: topic is given twice; expected each key once"
        ),
        (
            """
            receivers: *shop
            steps:
              - retry: {}
            """,
            "1:12: *shop is an alias of nothing; expected &shop before it, or quotes if it is a text"
        ),
        (
            #"{"steps": [{"retry": {}}"#,
            "1:25: this is not JSON, as a file that starts with { must be; expected ',' or ']'"
        ),
        (
            """
            steps: &a
              - parallel: *a
            """,
            "2:15: *a is an alias of nothing; expected &a before it, or quotes if it is a text"
        ),
        (
            """
            name: one
            name: two
            name: three
            steps:
              - retry: {}
            """,
            "2:1: name is given twice; expected each key once"
        ),
        (
            """
            steps:
              - trigger: { topic: invoice_paid, data: { topic: x }, "topic": payout_paid }
            """,
            "2:57: topic is given twice; expected each key once"
        ),
        (
            """
            steps:
              - request:
                  path: /x
            \t  status: 200
            """,
            "4:1: a tab can't indent; expected spaces"
        ),
        (
            """
            steps:
              - trigger:
              \t  topic: invoice_paid
            """,
            "3:3: a tab can't indent; expected spaces"
        ),
        (
            """
            name: one
            ---
            steps:
              - retry: {}
            """,
            "2:1: a second document starts here; expected one document in a file"
        ),
        (
            """
            name: one
            ...
            name: two
            """,
            "3:1: a second document starts here; expected one document in a file"
        ),
        (
            """
            steps:
              - request: { path: /, json: { <<: { a: 1 } } }
            """,
            "2:33: merge keys (<<) are not read; expected the keys themselves"
        ),
        (
            """
            name: "a\u{1}b"
            steps:
              - retry: {}
            """,
            "1:9: there is the control character U+0001; expected text alone"
        ),
        (
            """
            name: a
            # café \u{7F}
            steps:
              - retry: {}
            """,
            "2:8: there is the control character U+007F; expected text alone"
        ),
        (
            """
            name: @home
            steps:
              - retry: {}
            """,
            "1:7: a text can't start with @; expected quotes around it"
        ),
        (
            """
            name: * star
            steps:
              - retry: {}
            """,
            "1:7: a text can't start with *; expected quotes around it"
        ),
        (
            """
            name: *home
            steps:
              - retry: {}
            """,
            "1:7: *home is an alias of nothing; expected &home before it, or quotes if it is a text"
        ),
        (
            """
            name: !secret x
            steps:
              - retry: {}
            """,
            "1:7: the tag !secret is not known here; expected a value without a tag"
        ),
        (
            """
            ? [a]
            : 1
            steps:
              - retry: {}
            """,
            "1:3: a key is a list; expected a text"
        ),
        (
            """
            steps:
              - *a : 1
            """,
            "2:5: *a is an alias of nothing; expected &a before it, or quotes if it is a text"
        ),
        (
            #"{"steps": [{"retry": {}}],}"#,
            "1:27: this is not JSON, as a file that starts with { must be; expected a name in double quotes"
        ),
        (
            "{ steps: [{ retry: {} }] }",
            "1:3: this is not JSON, as a file that starts with { must be; expected a name in double quotes"
        ),
        (
            """
            {
              "näme": "äö", steps: []
            }
            """,
            "2:17: this is not JSON, as a file that starts with { must be; expected a name in double quotes"
        ),
        (
            """
            {"name": "a",
             "name": "b"}
            """,
            """
            2:2: the name "name" is given twice; expected valid JSON
            """
        ),
        (
            #"{"steps": [{"retry": {}}]} x"#,
            "1:28: there is more after the JSON value; expected valid JSON"
        ),
        (
            "\u{FEFF}{\"steps\": [{\"retry\": {}},]}",
            "1:26: this is not JSON, as a file that starts with { must be; expected a value"
        ),
    ]
}
