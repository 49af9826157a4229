import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct CreateSubscriptionTests {
    @Test func `a new subscription has the documented fields in their order`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(),
                json: [
                    "endpoint_url": "https://hooks.example.com/in?a=1", "topic": "invoice_paid",
                    "secret_key": "s3cr3t-4242",
                ])
            #expect(response.status == 201)
            #expect(
                response.json.object?.members.map(\.name) == [
                    "id", "partner_id", "endpoint_url", "topic", "is_active", "secret_last_4_digits", "created_at",
                    "updated_at",
                ])
            for field in ["id", "partner_id"] {
                let id = try #require(response.json[field]?.string)
                #expect(Identifier(id)?.description == id, "not a lower-case UUID: \(id)")
            }
            #expect(response.json["endpoint_url"] == "https://hooks.example.com/in?a=1")
            #expect(response.json["topic"] == "invoice_paid")
            #expect(response.json["is_active"] == true)
            #expect(response.json["secret_last_4_digits"] == "4242")
            #expect(response.json["created_at"] == "2025-01-15T12:00:00.000Z")
            #expect(response.json["updated_at"] == "2025-01-15T12:00:00.000Z")
        }
    }

    @Test func `the secret is in no response`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let id = try await client.subscribe(
                to: "https://hooks.example.com", secret: "do-not-tell-4242", token: token)
            try await client.settings(["retry_schedule": ["1h"]])
            let event = try #require(try await client.trigger().first)
            for path in ["/webhooks", "/webhooks/events", "/__admin/events/\(event)", "/__admin/requests"] {
                let response = try await client.send(.get, path, token: token)
                #expect(response.status == 200)
                #expect(!response.text.contains("do-not-tell"), "\(path)")
            }
            let deleted = try await client.send(.delete, "/webhooks/\(id)", token: token)
            #expect(!deleted.text.contains("do-not-tell"))
            #expect(deleted.json["secret_last_4_digits"] == "4242")
        }
    }

    @Test(
        arguments: [(nil, ""), ("1234567", ""), ("12345678", "5678"), (String(repeating: "~", count: 512), "~~~~")]
            as [(String?, String)])
    func `of a secret the last four characters are shown, unless they would give it away`(
        secret: String?, shown: String
    ) async throws {
        try await withSimulator { client in
            var body = JSONObject([("endpoint_url", "https://hooks.example.com"), ("topic", "invoice_paid")])
            if let secret { body["secret_key"] = .string(secret) }
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(), json: .object(body))
            #expect(response.status == 201)
            #expect(response.json["secret_last_4_digits"] == .string(shown))
        }
    }

    @Test(arguments: [JSON.null, ""])
    func `an optional secret that a serializer writes as nothing is not given`(secret: JSON) async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(),
                json: ["endpoint_url": .string(receiver.url), "topic": "invoice_paid", "secret_key": secret])
            #expect(response.status == 201, "\(response.text)")
            #expect(response.json["secret_last_4_digits"] == "")
            _ = try await client.trigger()
            try await client.expect("attempts", ["outcome": "delivered"], count: 1)
            #expect(receiver.received.map { $0.header("Authorization") } == [nil])
        }
        try await receiver.stop()
    }

    @Test(
        arguments: [
            ("{}", 400, ["endpoint_url", "topic"]),
            (#"{"endpoint_url": 1, "topic": null, "secret_key": []}"#, 400, ["endpoint_url", "topic", "secret_key"]),
            (#"{"endpoint_url": "https://a.example", "topic": ["invoice_paid"]}"#, 400, ["topic"]),
            // This body has both a member of a wrong type and members with wrong values.
            (
                #"{"endpoint_url": "ftp://a.example", "topic": 7, "secret_key": " "}"#, 400,
                ["endpoint_url", "topic", "secret_key"]
            ),
            (
                #"{"endpoint_url": "http://a.example", "topic": "invoice", "secret_key": " "}"#, 422,
                ["endpoint_url", "topic", "secret_key"]
            ),
            (#"{"endpoint_url": "", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://u:p@a.example", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://a.example:0", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://a.example:65536", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://a.example/\u0007", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://169.254.169.254/", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "http://[fe80::1]/", "topic": "invoice_paid"}"#, 422, ["endpoint_url"]),
            (#"{"endpoint_url": "https://a.example", "topic": "Invoice_Paid"}"#, 422, ["topic"]),
            (
                #"{"endpoint_url": "https://a.example", "topic": "invoice_paid", "secret_key": "a b"}"#, 422,
                ["secret_key"]
            ),
            (
                #"{"endpoint_url": "https://a.example", "topic": "invoice_paid", "secret_key": "a\r\nX: y"}"#, 422,
                ["secret_key"]
            ),
            (
                #"{"endpoint_url": "https://a.example", "topic": "invoice_paid", "secret_key": "é"}"#, 422,
                ["secret_key"]
            ),
        ] as [(String, Int, [String])])
    func `what can't be accepted is refused with all its fields named`(body: String, status: Int, fields: [String])
        async throws
    {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.send(
                .post, "/webhooks", token: token, headers: [("Content-Type", "application/json")],
                body: Array(body.utf8))
            #expect(response.status == status, "\(response.text)")
            #expect(response.json["code"] == (status == 400 ? "bad_request" : "unprocessable_entity"))
            #expect(response.wrongFields == Set(fields))
            #expect(response.json["message"]?.string?.isEmpty == false)
            #expect(try await client.send(.get, "/webhooks", token: token).json["data"] == [])
        }
    }

    @Test func `a value is refused by its length`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let longest = "https://a.example/" + String(repeating: "x", count: 2048 - 18)
            for (url, secret, status) in [
                (longest, "s", 201), (longest + "x", "s", 422),
                ("https://a.example", String(repeating: "s", count: 513), 422),
            ] {
                let response = try await client.send(
                    .post, "/webhooks", token: token,
                    json: ["endpoint_url": .string(url), "topic": "invoice_paid", "secret_key": .string(secret)])
                #expect(response.status == status, "\(url.count) \(secret.count)")
            }
        }
    }

    @Test func `a missing scheme is named as the live API names it`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(),
                json: ["endpoint_url": "hooks.example.com/in", "topic": "invoice_paid"])
            #expect(response.status == 422)
            #expect(response.json["message"] == "URL scheme is required")
            #expect(response.json["validation_errors"]?["endpoint_url"] == "URL scheme is required")
        }
    }

    @Test(arguments: [(Profile.sandbox, 201), (Profile.faithful, 422)])
    func `http to this machine is taken in the sandbox only`(profile: Profile, status: Int) async throws {
        try await withSimulator({ $0.profile = profile }) { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(),
                json: ["endpoint_url": "http://127.0.0.1:3000/hooks", "topic": "invoice_paid"])
            #expect(response.status == status)
        }
    }
}
