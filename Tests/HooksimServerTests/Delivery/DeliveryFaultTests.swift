import HooksimServer
import StrictJSON
import Testing

@Suite struct DeliveryFaultTests {
    private static let frozen: @Sendable (inout SimulatorOptions) -> Void = {
        $0.frozenAtMilliseconds = 1_736_942_400_000
    }

    /// A subscription to a receiver, with one fault rule, on a frozen clock.
    private func withFault(
        _ effect: JSON, match: JSON = [:], times: Int? = nil, receiver: Receiver,
        _ body: (TestClient) async throws -> Void
    ) async throws {
        try await withSimulator(Self.frozen) { client in
            try await client.subscribe(to: receiver.url, secret: "s3cr3t-4242", token: client.token())
            try await client.fault([
                "target": "delivery", "match": match, "effect": effect, "times": times.map { .number($0) } ?? .null,
            ])
            try await body(client)
        }
    }

    @Test(
        arguments: [
            (["drop": true], .null, "failed"), (["lose": true], 200, "delivered"), (["status": 418], 418, "failed"),
            (["connection": "refuse"], .null, "failed"), (["connection": "reset"], .null, "failed"),
        ] as [(JSON, JSON, JSON)])
    func `some faults never reach the receiver`(effect: JSON, status: JSON, outcome: JSON) async throws {
        let receiver = try await Receiver()
        try await withFault(effect, match: ["attempt": 1], receiver: receiver) { client in
            let id = try await client.trigger()[0]
            try await client.expect("attempts", ["event_id": .string(id)], count: 1)
            let attempt = try await client.attempts()[0]
            #expect(attempt["outcome"] == outcome && attempt["status_code"] == status)
            #expect(attempt["fault"] == .string(effect.object!.members[0].name))
            #expect(receiver.received.isEmpty)
            try await client.advance(["until": "idle"])
            #expect(try await client.event(id)["status"] == "delivered")
            #expect(receiver.received.count == (outcome == "failed" ? 1 : 0))
        }
    }

    @Test func `duplicates are the same delivery twice`() async throws {
        let receiver = try await Receiver()
        try await withFault(["duplicate": 2], times: 1, receiver: receiver) { client in
            let id = try await client.trigger()[0]
            try await client.expect("attempts", ["fault": "duplicate", "outcome": "delivered"], count: 2)
            #expect(receiver.received.map(\.id) == [id, id])
            #expect(receiver.received[0].body == receiver.received[1].body)
            #expect(receiver.received.map(\.attempt) == [1, 1])
            #expect(try await client.event(id)["attempt_count"] == 1)
        }
    }

    @Test func `a window of deliveries arrives in another order`() async throws {
        let receiver = try await Receiver()
        try await withFault(["reorder": ["window": 5]], receiver: receiver) { client in
            let ids = try await client.trigger(count: 5)
            try await client.expect("events", ["status": "delivered"], count: 5)
            let arrived = receiver.received.map(\.id)
            #expect(arrived != ids && Set(arrived) == Set(ids))
        }
    }

    @Test func `an unfilled window is sent a second later`() async throws {
        let receiver = try await Receiver()
        try await withFault(["reorder": ["window": 5]], receiver: receiver) { client in
            let ids = try await client.trigger(count: 2)
            let early = try await client.advance(["by": "999ms"])
            #expect(early["attempts"] == 0 && receiver.received.isEmpty)
            try await client.advance(["by": "1ms"])
            #expect(receiver.received.map(\.id) == ids.reversed())
        }
    }

    @Test func `a delay holds a delivery until its own instant`() async throws {
        let receiver = try await Receiver()
        try await withFault(["delay": "90s"], receiver: receiver) { client in
            try await client.trigger()
            try await client.advance(["by": "89s"])
            #expect(receiver.received.isEmpty)
            try await client.advance(["by": "1m"])
            #expect(try await client.attempts()[0]["at"] == "2025-01-15T12:01:30.000Z")
        }
    }

    @Test func `a timeout takes the whole delivery timeout of virtual time`() async throws {
        let receiver = try await Receiver()
        try await withFault(["timeout": true], times: 1, receiver: receiver) { client in
            try await client.trigger()
            try await client.advance(["by": "10s"])
            let attempt = try await client.attempts()[0]
            #expect(attempt["error"] == "no complete response within 10s" && attempt["duration_ms"] == 10_000)
            #expect(attempt["at"] == "2025-01-15T12:00:00.000Z")
            try await client.advance(["until": "idle"])
            #expect(receiver.received.map(\.attempt) == [2])
        }
    }

    @Test func `a truncated body is a whole message with half of the bytes`() async throws {
        let receiver = try await Receiver()
        try await withFault(["truncate_body": true], receiver: receiver) { client in
            let id = try await client.trigger()[0]
            try await client.expect("events", ["status": "delivered"], count: 1)
            let whole = try #require(try await client.event(id)["payload"]).encoded
            let got = try #require(receiver.received.first)
            #expect(
                got.body == Array(whole.prefix(whole.count / 2))
                    && got.header("Content-Length") == String(got.body.count))
        }
    }

    @Test func `a corrupt body differs in one character`() async throws {
        let receiver = try await Receiver()
        try await withFault(["corrupt_body": true], receiver: receiver) { client in
            let id = try await client.trigger()[0]
            try await client.expect("events", ["status": "delivered"], count: 1)
            let whole = try #require(try await client.event(id)["payload"]).encoded
            let got = try #require(receiver.received.first).body
            #expect(got.count == whole.count)
            #expect(zip(got, whole).count { $0 != $1 } == 1)
        }
    }

    @Test func `secrets can be wrong or missing`() async throws {
        let receiver = try await Receiver()
        try await withFault(["wrong_secret": true], times: 1, receiver: receiver) { client in
            try await client.fault(["target": "delivery", "effect": ["no_secret": true], "times": 1])
            try await client.trigger(count: 3)
            try await client.expect("events", ["status": "delivered"], count: 3)
            let secrets = receiver.received.map { $0.header("Authorization") }
            #expect(secrets.count { $0 == "Bearer s3cr3t-4242" } == 1)
            #expect(secrets.count { $0 == nil } == 1)
        }
    }

    @Test func `a lost response makes an accepted delivery come again`() async throws {
        let receiver = try await Receiver()
        try await withFault(["fail_after_accept": true], match: ["attempt": 1], receiver: receiver) { client in
            let id = try await client.trigger()[0]
            try await client.advance(["until": "idle"])
            #expect(receiver.received.map(\.attempt) == [1, 2])
            #expect(receiver.received[0].body == receiver.received[1].body)
            let event = try await client.event(id)
            #expect(event["status"] == "delivered")
            #expect(event["attempts"]?.array?.map { $0["outcome"] } == ["failed", "delivered"])
        }
    }

    @Test func `delivery rules match topic, endpoint, client, entity and attempt`() async throws {
        let receiver = try await Receiver()
        try await withSimulator(Self.frozen) { client in
            let token = try await client.token()
            for topic in ["invoice_paid", "payout_paid"] {
                try await client.subscribe(topic, to: receiver.url + "/\(topic)", token: token)
            }
            let matches: [JSON] = [
                ["topic": "payout_paid"], ["endpoint_url": .string(receiver.url + "/payout_paid")],
                ["topic": "payout_paid", "client_id": "sandbox", "attempt": 1],
            ]
            for match in matches {
                try await client.fault(["target": "delivery", "match": match, "effect": ["drop": true], "times": 1])
            }
            try await client.trigger("invoice_paid", count: 3)
            try await client.trigger("payout_paid", count: 3)
            try await client.expect("attempts", ["outcome": "delivered", "topic": "invoice_paid"], count: 3)
            try await client.expect("attempts", ["fault": "drop", "topic": "payout_paid"], count: 3)
        }
    }
}
