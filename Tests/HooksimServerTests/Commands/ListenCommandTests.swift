import StrictJSON
import Testing

/// Tests of `hooksim listen` by its output and its deliveries.
@Suite struct ListenCommandTests {
    @Test func `it subscribes, responds to each attempt from its list, prints a line for each, and cleans up`()
        async throws
    {
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s", "0s", "0s"]])
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--respond", "503,429,200",
            ])
            await listen.waitForErrors("listening on")
            let id = try await client.trigger()[0]
            try await client.expect("events", ["status": "delivered", "attempts": 3], count: 1)
            await listen.waitForOutput("attempt 3")

            let token = try await client.token()
            #expect(
                try await client.send(.get, "/webhooks?is_active=true", token: token).json["data"]?.array?.count == 1)
            #expect(await listen.stop() == 130)
            #expect(try await client.send(.get, "/webhooks?is_active=true", token: token).json["data"]?.array == [])

            let lines = listen.output.split(separator: "\n").map(String.init)
            try #require(lines.count == 3, "\(listen.output)")
            for (line, status) in zip(lines, ["503", "429", "200"]) {
                #expect(line.contains("invoice_paid") && line.contains(id) && line.contains("  \(status)  "), "\(line)")
                #expect(line.hasSuffix(" ms"))
            }
            #expect(Set(lines.map(\.count)).count == 1, "the columns stand below each other")
            #expect(!listen.output.contains("\u{1B}"), "no colours go into a pipe")
        }
    }

    @Test func `verbose shows headers and body, and neither the secret nor a terminal's commands`() async throws {
        try await withSimulator { client in
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--verbose", "--secret-key", "s3cr3t-4242",
            ])
            await listen.waitForErrors("listening on")
            let body: JSON = [
                "topic": "invoice_paid", "data": ["memo": "red \u{1B}[31m bell \u{7}"], "entity_id": "\u{1B}c",
            ]
            _ = try await client.send(.post, "/__admin/events", json: body)
            await listen.waitForOutput("memo")
            try await client.expect("events", ["status": "delivered"], count: 1)
            _ = await listen.stop()
            let text = listen.output
            #expect(text.contains("X-Webhook-Id: ") && text.contains("\"memo\": "), "\(text)")
            #expect(!text.contains("s3cr3t") && text.contains("Bearer …"))
            #expect(!text.contains("\u{1B}") && !text.contains("\u{7}"))
        }
    }

    @Test(arguments: [200, 302, 503])
    func `a forwarded delivery gets the response of its receiver, redirects too`(status: Int) async throws {
        let receiver = try await Receiver { _, _ in
            .status(status, headers: [("Location", "http://127.0.0.1:9/")], body: "from the receiver")
        }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--secret-key", "s3cr3t-4242", "--forward-to",
                receiver.url + "/hooks",
            ])
            await listen.waitForErrors("listening on")
            let id = try await client.trigger()[0]
            try await client.expect("attempts", ["event_id": .string(id), "status_code": .number(status)], count: 1)
            await listen.waitForOutput(" ms")
            _ = await listen.stop()
            let delivery = try #require(receiver.received.first)
            #expect(receiver.received.count == 1)
            #expect(delivery.path == "/hooks" && delivery.id == id && delivery.attempt == 1)
            #expect(delivery.header("Authorization") == "Bearer s3cr3t-4242")
            #expect(try JSON(parsing: delivery.body)["id"] == .string(id))
            #expect(listen.output.contains("  \(status)  "))
            #expect(try await client.event(id)["attempts"]?.array?.first?["response"]?["body"] == "from the receiver")
        }
        try await receiver.stop()
    }

    @Test func `a receiver that is not there is said at once, and is a 502`() async throws {
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--forward-to", "http://127.0.0.1:1/",
            ])
            await listen.waitForErrors("listening on")
            let id = try await client.trigger()[0]
            // The command responds before the delivery's own timeout of ten seconds.
            try await client.expect("attempts", ["event_id": .string(id), "status_code": 502], count: 1)
            await listen.waitForOutput("connection refused")
            #expect(await listen.stop() == 130)
        }
    }

    @Test func `a delay is kept, and a hang ends when the sender gives up`() async throws {
        try await withSimulator { client in
            // Only a response that never arrives needs a short timeout: on a busy machine, the other one may take
            // longer.
            for (option, deadline, outcome) in [
                (["--delay", "50ms"], "30s", "delivered"), (["--hang"], "300ms", "failed"),
            ] {
                try await client.settings(["retry_schedule": ["0s"], "delivery_timeout": .string(deadline)])
                let listen = try Program(["listen", "--url", client.url, "--topic", "invoice_paid"] + option)
                await listen.waitForErrors("listening on")
                let id = try await client.trigger()[0]
                try await client.expect("attempts", ["event_id": .string(id), "outcome": .string(outcome)], count: 1)
                let attempt = try #require(try await client.event(id)["attempts"]?.array?.first)
                #expect(try #require(attempt["duration_ms"]?.integer) >= 50)
                #expect(await listen.stop() == 130)
            }
        }
    }

    @Test func `wrong credentials are said in the words of the command`() async throws {
        try await withSimulator { client in
            let listen = try Program(["listen", "--url", client.url, "--client-secret", "another"])
            #expect(await listen.end() == 1)
            #expect(
                listen.errors
                    == "hooksim: the simulator has no client sandbox with this secret; correct --client-id and "
                    + "--client-secret\n")
        }
    }

    @Test(
        arguments: [
            (["--respond", "700"], "--respond"), (["--respond", "200,maybe"], "maybe"),
            (["--respond", ","], "--respond"),
            (["--delay", "soon"], "--delay"), (["--forward-to", "receiver"], "--forward-to"),
            (["--topic", "paid"], "--topic"), (["--forward", "3000"], "--forward"),
            (["--forward", "paid=3000"], "--forward paid"),
            (["--forward-to", "3000", "--forward", "*=1"], "--forward *="),
            (["--forward", "invoice_paid=1", "--forward", "invoice_paid=2"], "--forward invoice_paid="),
            (["--forward-to", "70000"], "--forward-to 70000"), (["--forward-insecure"], "--forward-to"),
            (["--forward-to", "3000", "--forward-header", "no colon"], "--forward-header"),
            (["--forward-to", "3000", "--forward-ca", "/dev/null"], "--forward-ca /dev/null"),
            (["--since", "10m", "--port", "0"], "--since"), (["--since", "yesterday"], "--since"),
            (["--port", "70000"], "--port"), (["--public-url", "tunnel"], "--public-url"),
            (["--secret-key", "two words"], "--secret-key must be"),
        ] as [([String], String)])
    func `an option that can't be is named, and nothing is subscribed`(options: [String], named: String) async throws {
        try await withSimulator { client in
            let listen = try Program(["listen", "--url", client.url] + options)
            #expect(await listen.end() == 2)
            #expect(listen.errors.contains(named), "\(listen.errors)")
            #expect(try await client.send(.get, "/webhooks", token: try await client.token()).json["data"]?.array == [])
        }
    }
}
