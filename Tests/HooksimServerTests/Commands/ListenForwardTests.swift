import FoundationEssentials
import HooksimClient
import HooksimServer
import StrictJSON
import Testing

/// Tests of how `hooksim listen` forwards deliveries, and of what it prints about them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ListenForwardTests {
    @Test(arguments: [[], ["--port", "0"]] as [[String]])
    func `the target's headers go back, except for those of its connection`(place: [String]) async throws {
        let receiver = try await Receiver { _, _ in
            .status(
                503,
                headers: [
                    ("Retry-After", "60"), ("Content-Encoding", "gzip"), ("X-Target", "1"), ("X-Target", "2"),
                    ("Connection", "X-Hop"), ("X-Hop", "h"), ("Keep-Alive", "timeout=5"),
                ], body: "zipped")
        }
        try await withSimulator {
            $0.frozenAtMilliseconds = 1_800_000_000_000
        } _: { client in
            let listen = try Program(
                [
                    "listen", "--url", client.url, "--topic", "invoice_paid", "--forward-to",
                    "127.0.0.1:\(receiver.port)/hooks?a=1", "--forward-header", "X-Tenant: acme", "--forward-header",
                    "user-agent:mine",
                ] + place)
            await listen.waitForErrors("listening on")
            let id = try await client.trigger()[0]
            try await client.expect("attempts", ["event_id": .string(id), "status_code": 503], count: 1)
            let event = try await client.control.event(id)
            let response = try #require(event.attempts.first?.response)
            let headers = response.headers.map { "\($0.name): \($0.value)" }
            for wanted in ["Retry-After: 60", "Content-Encoding: gzip", "X-Target: 1", "X-Target: 2"] {
                #expect(headers.contains(wanted), "\(headers)")
            }
            #expect(!headers.contains { $0.hasPrefix("X-Hop") || $0.hasPrefix("Keep-Alive") }, "\(headers)")
            #expect(response.body == "zipped")
            let begun = try #require(event.attempts.first?.at)
            #expect(event.nextAttemptAt?.milliseconds == begun.milliseconds + 60_000)
            let delivery = try #require(receiver.received.first)
            #expect(delivery.path == "/hooks?a=1" && delivery.header("X-Tenant") == "acme")
            #expect(delivery.header("User-Agent") == "mine" && delivery.id == id)
            #expect(await listen.stop() == 130)
        }
        try await receiver.stop()
    }

    @Test func `each topic has its own target, and only those are subscribed to unless one is for all`() async throws {
        let paid = try await Receiver()
        let other = try await Receiver()
        try await withSimulator { client in
            let forward = ["listen", "--url", client.url, "--forward", "invoice_paid=\(paid.port)"]
            let listen = try Program(forward)
            await listen.waitForErrors("for invoice_paid")
            #expect(await listen.stop() == 130)
            let both = try Program(forward + ["--forward", "*=\(other.url)/other"])
            await both.waitForErrors("for 18 topics")
            try await client.trigger("invoice_paid")
            try await client.trigger("payout_paid")
            try await client.expect("events", ["status": "delivered"], count: 2)
            #expect(paid.received.map(\.path) == ["/"] && other.received.map(\.path) == ["/other"])
            #expect(await both.stop() == 130)
        }
        try await paid.stop()
        try await other.stop()
    }

    @Test func `the reason why a target does not respond is said`() async throws {
        let secure = try await Receiver(.https)
        let plain = try await Receiver()
        let resetting = try await Receiver { _, _ in .reset }
        let closing = try await Receiver { _, _ in .raw("") }
        let cases = [
            ("1", "connection refused"), (secure.url, "its certificate is not trusted"),
            ("https://127.0.0.1:\(plain.port)", "not speak TLS"), (resetting.url, "connection reset"),
            (closing.url, "closed the connection without a response"),
            ("http://name.invalid/", "the name name.invalid can't be resolved"),
        ]
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            for (target, reason) in cases {
                let listen = try Program([
                    "listen", "--url", client.url, "--topic", "invoice_paid", "--forward-to", target,
                ])
                await listen.waitForErrors("listening on")
                let id = try await client.trigger()[0]
                try await client.expect("attempts", ["event_id": .string(id), "status_code": 502], count: 1)
                await listen.waitForOutput("\n")
                #expect(listen.output.contains(reason), "\(target): \(listen.output)")
                #expect(await listen.stop() == 130)
            }
            try await withTemporaryStore { path in
                try Data(ReceiverCertificate.shared.get().authority).write(to: URL(filePath: path))
                for option in [["--forward-insecure"], ["--forward-ca", path]] {
                    let listen = try Program(
                        ["listen", "--url", client.url, "--topic", "invoice_paid", "--forward-to", secure.url] + option)
                    await listen.waitForErrors("listening on")
                    let id = try await client.trigger()[0]
                    try await client.expect("events", ["id": .string(id), "status": "delivered"], count: 1)
                    #expect(await listen.stop() == 130)
                }
            }
        }
        for receiver in [secure, plain, resetting, closing] { try await receiver.stop() }
    }

    @Test func `the simulator's time limit ends a forwarded delivery, and no other`() async throws {
        let receiver = try await Receiver { _, _ in .hold }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"], "delivery_timeout": "300ms"])
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--forward-to", receiver.url,
            ])
            await listen.waitForErrors("listening on")
            try await client.trigger()
            try await client.expect("attempts", ["failure": "response_timeout"], count: 1)
            await listen.waitForOutput("no response in time")
            #expect(listen.output.contains("no response in time"))
            #expect(await listen.stop() == 130)
        }
        receiver.release()
        try await receiver.stop()
    }

    @Test func `JSON has what the text has, and bodies that are not JSON as they are`() async throws {
        let receiver = try await Receiver { _, _ in .status(202, headers: [("X-Target", "1")], body: "accepted") }
        try await withSimulator { client in
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--output", "json", "--verbose",
                "--secret-key", "s3cr3t-4242", "--forward-to", receiver.url,
            ])
            await listen.waitForErrors("listening on")
            let ids = try await client.trigger()
            await listen.waitForOutput("\n")
            try await client.fault(["target": "delivery", "effect": ["truncate_body": true]])
            try await client.trigger()
            try await client.expect("events", ["status": "delivered"], count: 2)
            #expect(await listen.stop() == 130)
            let lines = try listen.output.split(separator: "\n").map { try JSON(parsing: Array($0.utf8)) }
            try #require(lines.count == 2, "\(listen.output)")
            #expect(lines[0]["id"]?.string == ids[0] && lines[0]["path"] == "/" && lines[0]["raw"] == nil)
            #expect(lines[0]["body"]?["topic"] == "invoice_paid" && lines[0]["status"] == 202)
            let headers = lines[0]["headers"]?.array ?? []
            #expect(headers.contains(["X-Webhook-Id", .string(ids[0])]))
            #expect(headers.contains(["Authorization", "Bearer …"]))
            #expect(lines[0]["response"]?["headers"]?.array?.contains(["X-Target", "1"]) == true)
            #expect(lines[0]["response"]?["raw"] == "accepted")
            #expect(lines[1]["body"] == .null && lines[1]["raw"]?.string?.hasPrefix("{\"id\":") == true)
            #expect(!listen.output.contains("s3cr3t"))
        }
        try await receiver.stop()
    }
}
