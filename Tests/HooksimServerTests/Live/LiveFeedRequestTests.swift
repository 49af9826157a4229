import StrictJSON
import Testing

@testable import HooksimServer

@Suite(.timeLimit(.minutes(5))) struct LiveFeedRequestTests {
    @Test func `each kind arrives as it happens`() async throws {
        let receiver = try await Receiver { _, index in .status(index == 0 ? 503 : 200) }
        try await withSimulator {
            $0.frozenAtMilliseconds = 1_736_942_400_000
        } _: { client in
            var reader = try await LiveFeedReader(client)
            #expect(reader.status == 200)
            // A proxy needs these fields to forward messages without delay.
            for (name, value) in [
                ("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache, no-transform"),
                ("X-Accel-Buffering", "no"),
            ] { #expect(reader.header(name) == value) }
            try await client.subscribe(to: receiver.url, secret: "s3cr3t-4242", token: client.token())
            let request = try await reader.first("request") { $0["path"] == "/webhooks" }
            #expect(request?["status"] == 201 && request?["client"] == "sandbox")
            let id = try await client.trigger()[0]
            let created = try await reader.first("event")
            #expect(
                created?["id"]?.string == id && created?["status"] == "pending" && created?["client_id"] == "sandbox")
            let failed = try await reader.first("attempt")
            #expect(failed?["event_id"]?.string == id && failed?["attempt"] == 1 && failed?["status_code"] == 503)
            #expect(failed?["next_attempt_at"]?.string != nil && failed?["outcome"] == "failed")
            try await client.advance(["by": "1m"])
            let delivered = try await reader.first("attempt")
            #expect(delivered?["attempt"] == 2 && delivered?["outcome"] == "delivered")
            #expect(try await reader.first("event")?["status"] == "delivered")
            try await client.fault(["target": "api", "effect": ["status": 503]])
            #expect(try await reader.first("state") { $0["changed"] == "/__admin/faults" } != nil)
        }
    }

    @Test func `the filter lets only what was asked for through`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            var reader = try await LiveFeedReader(client, query: "?of=attempt,state")
            try await client.subscribe(to: receiver.url, token: client.token())
            let ids = try await client.trigger(count: 3)
            try await client.expect("events", ["status": "delivered"], count: 3)
            var kinds: [String] = []
            while kinds.count(where: { $0 == "attempt" }) < ids.count, let message = try await reader.next() {
                kinds.append(message.kind)
            }
            #expect(Set(kinds) == ["attempt", "state"])
        }
    }

    @Test(arguments: ["attempts", ",", "attempt,deliveries"])
    func `a kind that is not there is refused, and those that are there are named`(kinds: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/stream?of=\(kinds)")
            #expect(response.status == 400 && response.text.contains("attempt, event, request, state"))
        }
    }

    @Test func `subscribers are disconnected when the simulator stops`() async throws {
        let simulator = try await Simulator.start(SimulatorOptions())
        var readers: [LiveFeedReader] = []
        for _ in 0..<3 { readers.append(try await LiveFeedReader(TestClient(simulator.url))) }
        try await simulator.stop()
        for var reader in readers { #expect(try await reader.next() == nil, "the stream ended, and was not cut") }
    }

    @Test func `the stream is guarded as the control API is`() async throws {
        try await withSimulator {
            $0.adminToken = "admin-token-1"
        } _: { client in
            let foreign = try await LiveFeedReader(client, headers: [("Origin", "https://evil.example")])
            #expect(foreign.status == 403)
            let bearer = ("Authorization", "Bearer admin-token-1")
            var reader = try await LiveFeedReader(client, headers: [bearer])
            #expect(reader.status == 200)
            _ = try await client.send(
                .post, "/__admin/faults", headers: [bearer, ("Content-Type", "application/json")],
                body: Array(#"{"preset": "flaky"}"#.utf8))
            #expect(try await reader.first("state") != nil)
        }
    }
}
