import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct InspectorTests {
    private static let pages = [
        "", "inspector/trigger?topic=payout_paid", "inspector/events", "inspector/subscriptions", "inspector/requests",
        "inspector/faults", "inspector/scenarios", "inspector/scenarios?recording=1", "inspector/style.css",
        "inspector/live.js",
    ]
    /// The fifth text has combining accents on its quotes and brackets. Swift compares these as other characters, but a
    /// browser does not.
    private static let hostile = [
        "<script>alert(1)</script>", #""><img src=x onerror=alert(1)>"#, "'-alert(1)-'", "</pre><svg onload=alert(1)>",
        "\"\u{301} autofocus onfocus=alert(1) x=\"\u{301}<\u{338}b>",
        // Each of these has one special character, so that a missing escape of any of them is found.
        "qzq<qzq", "qzq>qzq", "qzq\"qzq", "qzq'qzq", "qzq&lt;qzq",
    ]

    private func formToken(_ client: TestClient) async throws -> String {
        let text = try await client.send(.get, "/__admin/").text
        let start = try #require(text.firstRange(of: #"name="token" value=""#)).upperBound
        return String(text[start...].prefix { $0 != "\"" })
    }

    private func submit(_ client: TestClient, _ action: String, _ fields: [(String, String)]) async throws
        -> TestResponse
    {
        let body = fields.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
        return try await client.send(
            .post, "/__admin/inspector/\(action)", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(body.utf8))
    }

    @Test(arguments: pages)
    func `each page is there, and lets nothing in`(page: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/\(page)")
            #expect(response.status == 200 && !response.body.isEmpty)
            let policy = try #require(response.header("Content-Security-Policy"))
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(response.header("X-Content-Type-Options") == "nosniff")
            #expect(response.header("Referrer-Policy") == "same-origin", "with less, forms have no origin")
            if !page.hasSuffix("s") { #expect(!response.text.contains("<script>")) }
        }
    }

    @Test func `a request is copied with its body and without its secrets, also once the recording is full`()
        async throws
    {
        try await withSimulator { client in
            let token = try await client.token()
            let noise = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<17 {
                _ = try await client.send(
                    .post, "/webhooks", token: token, headers: [("Content-Type", "application/json")], body: noise)
            }
            #expect(try await client.send(.get, "/__admin/recording").json["is_cut"] == true)
            let body: JSON = ["endpoint_url": "https://user:qzq-password@qzq.invalid/", "secret_key": "qzq-secret"]
            _ = try await client.send(.post, "/webhooks", token: token, json: body)
            let page = try await client.send(.get, "/__admin/inspector/requests").text
            #expect(page.contains("placeholder@qzq.invalid/"))
            #expect(!page.contains("qzq-password") && !page.contains("qzq-secret"))
        }
    }

    @Test(arguments: hostile)
    func `what is shown is escaped wherever it stands`(text: String) async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator {
            $0.frozenAtMilliseconds = 1_736_942_400_000
        } _: { client in
            let url = receiver.url + "/" + FormFields.encode(text)
            try await client.subscribe(to: url, secret: "s3cr3t-4242", token: client.token())
            let body: JSON = [
                "topic": "invoice_paid", "entity_id": .string(text), "data": ["memo": .string(text), "id": "x"],
            ]
            let created = try await client.send(.post, "/__admin/events", json: body).json["data"]?.array ?? []
            let id = try #require(created.first?["id"]?.string)
            try await client.advance(["by": "0s"])
            _ = try await client.send(.get, "/\(FormFields.encode(text))?q=\(FormFields.encode(text))")
            for page in Self.pages.prefix(8) + [
                "inspector/events/\(id)", "inspector/requests?path=\(FormFields.encode(text))",
            ] {
                let bytes = try await client.send(.get, "/__admin/\(page)").body
                // The page is searched by Unicode scalars, as a browser reads it.
                let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
                #expect(!scalars.contains(text.unicodeScalars), "\(page)")
                #expect(!scalars.contains("s3cr3t-4242".unicodeScalars), "\(page)")
            }
            let event = try await client.send(.get, "/__admin/inspector/events/\(id)").text
            #expect(event.contains("…4242") && event.contains("<span class=\"badge failed\">"))
        }
    }

    @Test func `a form is taken from the inspector's own pages alone`() async throws {
        try await withSimulator { client in
            try await client.fault(["target": "api", "effect": ["status": 503]])
            let foreign = try await submit(client, "faults/clear", [("token", "guessed")])
            #expect(foreign.status == 403)
            let body = Array("token=\(try await formToken(client))".utf8)
            let type = ("Content-Type", "application/x-www-form-urlencoded")
            let response = try await client.send(
                .post, "/__admin/inspector/faults/clear", headers: [type, ("Origin", "https://evil.example")],
                body: body)
            #expect(response.status == 403)
            let other = try await client.send(.post, "/__admin/reset", headers: [type], body: body)
            #expect(other.status == 415)
            #expect(try await client.send(.get, "/__admin/faults").json["data"]?.array?.count == 1)
        }
    }

    @Test func `each action does what its button says`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url, token: client.token())
            let token = try await formToken(client)
            let perform = { (action: String, fields: [(String, String)]) in
                try await submit(client, action, [("token", token)] + fields)
            }
            let trigger = try await perform(
                "trigger", [("topic", "invoice_paid"), ("count", "1"), ("data", #"{"invoice_id": "INV-1"}"#)])
            #expect(trigger.status == 200, "the redirect was followed to the event's page")
            #expect(trigger.text.contains("INV-1") && trigger.text.contains("the event was created"))
            try await client.expect("events", ["entity_id": "INV-1", "status": "delivered"], count: 1)
            let id = try #require(
                try await client.send(.get, "/__admin/events").json["data"]?.array?.first?["id"]?.string)
            _ = try await perform("resend", [("id", id)])
            try await client.expect("attempts", ["event_id": .string(id)], count: 2)
            #expect(try await perform("retry", [("client_id", "sandbox")]).text.contains("class=\"notice good\""))

            #expect(try await perform("clock", [("do", "freeze")]).text.contains("badge frozen"))
            #expect(try await perform("clock", [("do", "advance"), ("by", "1h")]).text.contains("events pending"))
            #expect(try await perform("clock", [("do", "advance"), ("by", "soon")]).text.contains("notice bad"))
            #expect(try await perform("clock", [("do", "resume")]).text.contains("badge real"))

            #expect(try await perform("faults/add", [("preset", "duplicates")]).text.contains("duplicate"))
            #expect(try await perform("faults/add", [("rule", "{")]).text.contains("not valid JSON"))
            #expect(try await perform("faults/remove", [("id", "f1")]).text.contains("f1 was removed"))
            #expect(try await perform("faults/clear", []).text.contains("No rules are in force"))
            #expect(
                try await perform("scenarios", [("scenario", "steps: [{ advnace: 1m }]")]).text.contains("did you mean")
            )
            #expect(try await perform("reset", [("sure", "yes")]).text.contains("There are no events"))
        }
    }

    @Test func `a browser at the root is led to the inspector, a client is not`() async throws {
        try await withSimulator { client in
            let browser = try await client.send(.get, "/", headers: [("Accept", "text/html,*/*")])
            #expect(browser.text.contains("<h1>Overview</h1>"))
            #expect(try await client.send(.get, "/", headers: [("Accept", "*/*")]).text == "404 page not found")
        }
    }
}

extension String.UnicodeScalarView {
    fileprivate func contains(_ other: String.UnicodeScalarView) -> Bool {
        Array(self).firstRange(of: Array(other)) != nil
    }
}
