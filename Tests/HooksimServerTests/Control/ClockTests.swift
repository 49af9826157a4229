import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct ClockTests {
    private static let frozen: @Sendable (inout SimulatorOptions) -> Void = {
        $0.frozenAtMilliseconds = 1_736_942_400_000
    }

    @Test func `the clock is shown, frozen, moved and resumed`() async throws {
        try await withSimulator { client in
            #expect(try await client.send(.get, "/__admin/clock").json["mode"] == "real")
            let frozen = try await client.send(
                .put, "/__admin/clock", json: ["mode": "frozen", "now": "2026-01-05T09:00:00Z"])
            #expect(frozen.json == ["mode": "frozen", "now": "2026-01-05T09:00:00.000Z"])
            #expect(try await client.advance(["by": "90m"])["now"] == "2026-01-05T10:30:00.000Z")
            #expect(try await client.advance(["to": "2026-01-06"])["now"] == "2026-01-06T00:00:00.000Z")
            let resumed = try await client.send(.put, "/__admin/clock", json: ["mode": "real"]).json
            #expect(resumed["mode"] == "real")
            #expect(resumed["now"]?.string?.hasPrefix("2026-01-06T00:0") == true)
            #expect(try await client.send(.post, "/__admin/clock/advance", json: ["by": "1s"]).status == 409)
        }
    }

    @Test(
        arguments: [
            ("{}", ["by"]), (#"{"by":"x"}"#, ["by"]), (#"{"by":"1s","to":"2026-01-01"}"#, ["by"]),
            (#"{"until":"dawn"}"#, ["until"]),
            (#"{"to":"2020-01-01"}"#, ["to"]), (#"{"to":"2026-02-30"}"#, ["to"]), (#"{"by":5}"#, ["by"]),
            (#"{"for":"1s"}"#, ["for", "by"]),
        ] as [(String, Set<String>)])
    func `an advance that can't be is refused`(body: String, fields: Set<String>) async throws {
        try await withSimulator(Self.frozen) { client in
            let response = try await client.send(.post, "/__admin/clock/advance", json: JSON(parsing: body.utf8))
            #expect(response.status == 422 && !response.wrongFields.isDisjoint(with: fields), "\(response.text)")
            #expect(try await client.send(.get, "/__admin/clock").json["now"] == "2025-01-15T12:00:00.000Z")
        }
    }

    @Test func `frozen is not stopped: what is due now is sent at once`() async throws {
        let receiver = try await Receiver()
        try await withSimulator(Self.frozen) { client in
            try await client.subscribe(to: receiver.url, token: client.token())
            try await client.trigger()
            try await client.expect("events", ["status": "delivered"], count: 1)
            #expect(try await client.attempts()[0]["at"] == "2025-01-15T12:00:00.000Z")
        }
    }

    @Test func `each delivery on the way sees its own instant, in order`() async throws {
        let receiver = try await Receiver { delivery, _ in delivery.attempt < 4 ? .status(503) : .status(200) }
        try await withSimulator(Self.frozen) { client in
            try await client.settings(["retry_schedule": ["0s", "10m", "1h", "12h"], "retry_jitter": 0])
            try await client.subscribe(to: receiver.url, token: client.token())
            let id = try await client.trigger()[0]
            let advance = try await client.advance(["by": "24h"])
            #expect(advance["now"] == "2025-01-16T12:00:00.000Z" && advance["pending"] == 0)
            #expect(
                try await client.attempts("?event_id=\(id)").map { $0["at"] } == [
                    "2025-01-15T12:00:00.000Z", "2025-01-15T12:10:00.000Z", "2025-01-15T13:10:00.000Z",
                    "2025-01-16T01:10:00.000Z",
                ])
            #expect(try await client.event(id)["delivered_at"] == "2025-01-16T01:10:00.000Z")
        }
    }

    @Test func `until idle stops at the last instant at which something was due`() async throws {
        let receiver = try await Receiver { _, _ in .status(503) }
        try await withSimulator(Self.frozen) { client in
            try await client.settings(["retry_schedule": ["0s", "1h", "1h"], "retry_jitter": 0])
            try await client.subscribe(to: receiver.url, token: client.token())
            try await client.trigger(count: 3)
            let advance = try await client.advance(["until": "idle"])
            #expect(advance["now"] == "2025-01-15T14:00:00.000Z" && advance["pending"] == 0)
            try await client.expect("events", ["status": "failed"], count: 3)
            #expect(try await client.attempts().count == 9)
        }
    }

    @Test func `an advance leaves what is due later pending`() async throws {
        let receiver = try await Receiver { _, _ in .status(503) }
        try await withSimulator(Self.frozen) { client in
            try await client.settings(["retry_schedule": ["0s", "1h"], "retry_jitter": 0])
            try await client.subscribe(to: receiver.url, token: client.token())
            try await client.trigger(count: 2)
            #expect(try await client.advance(["by": "59m"])["pending"] == 2)
            #expect(
                try await client.advance(["by": "1m"]) == [
                    "now": "2025-01-15T13:00:00.000Z", "attempts": 2, "pending": 0, "idle": true,
                ])
        }
    }

    @Test func `tokens expire and rate limits open by the simulated clock`() async throws {
        try await withSimulator({
            Self.frozen(&$0)
            $0.profile = .faithful
        }) { client in
            let token = try await client.token()
            for _ in 0..<5 { _ = try await client.send(.get, "/webhooks", token: token) }
            #expect(try await client.send(.get, "/webhooks", token: token).status == 429)
            try await client.advance(["by": "1s"])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
            try await client.advance(["by": "59m58s"])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
            try await client.advance(["by": "1s"])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 401)
        }
    }

    @Test func `a reset returns the clock, the settings, the faults and the seed to the start`() async throws {
        try await withSimulator(Self.frozen) { client in
            let token = try await client.token()
            let first = try await client.subscribe(to: "https://a.example", token: token)
            try await client.settings(["rate_limit": 3])
            try await client.fault(["target": "api", "effect": ["status": 503]])
            try await client.advance(["by": "1h"])
            #expect(try await client.send(.post, "/__admin/reset").status == 200)
            #expect(try await client.send(.get, "/__admin/clock").json["now"] == "2025-01-15T12:00:00.000Z")
            #expect(try await client.send(.get, "/__admin/settings").json["rate_limit"] == .null)
            #expect(try await client.send(.get, "/__admin/faults").json["data"] == [])
            let next = try await client.token()
            #expect(try await client.subscribe(to: "https://a.example", token: next) == first)
        }
    }
}
