import HooksimServer
import StrictJSON
import Testing

@Suite struct DeterminismTests {
    /// Returns the attempt log of a run with every type of delivery fault, jitter, several subscriptions, and requests
    /// between the deliveries.
    private func attemptLog(seed: UInt64, receiver: Receiver) async throws -> String {
        var attemptLog = ""
        try await withSimulator({
            $0.seed = seed
            $0.frozenAtMilliseconds = 1_736_942_400_000
        }) { client in
            let token = try await client.token()
            for topic in ["invoice_paid", "payout_paid", "customer_created"] {
                try await client.subscribe(topic, to: receiver.url + "/\(topic)", token: token)
            }
            _ = try await client.send(.post, "/__admin/faults", json: ["preset": "chaos"])
            try await client.fault(["target": "delivery", "effect": ["status": 503], "probability": .number("0.3")])
            for topic in ["invoice_paid", "payout_paid", "customer_created", "invoice_paid"] {
                try await client.trigger(topic, count: 40)
            }
            try await client.advance(["by": "7s"])
            try await client.trigger("payout_paid", count: 20)
            try await client.advance(["until": "idle"])
            _ = try await RawResponse(
                "POST /webhooks/retry HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                to: client.url)
            try await client.advance(["until": "idle"])
            attemptLog = try await client.send(.get, "/__admin/attempts").text
        }
        return attemptLog
    }

    @Test func `the same seed and requests give a byte-identical attempt log, another seed another`() async throws {
        let receiver = try await Receiver()
        let first = try await attemptLog(seed: 11, receiver: receiver)
        for _ in 0..<3 { #expect(try await attemptLog(seed: 11, receiver: receiver) == first) }
        #expect(try await attemptLog(seed: 12, receiver: receiver) != first)
        #expect((try JSON(parsing: first.utf8))["data"]?.array?.count ?? 0 > 200)
    }
}
