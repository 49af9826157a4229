import HooksimServer
import StrictJSON
import Testing

@Suite struct DeactivationTests {
    private func isActive(_ client: TestClient, _ token: String, _ id: String) async throws -> Bool {
        let list = try await client.send(.get, "/webhooks?is_active=true", token: token)
        return list.json["data"]?.array?.contains { $0["id"] == .string(id) } ?? false
    }

    @Test func `a response of 410 ends the subscription and what waits for it`() async throws {
        let receiver = try await Receiver { _, _ in .status(410) }
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            let gone = try await client.subscribe(to: receiver.url, token: token)
            let other = try await client.subscribe("payout_paid", to: receiver.url, token: token)
            try await client.settings(["retry_schedule": ["1m"], "retry_jitter": 0])
            try await client.trigger(count: 3)
            try await client.settings(["retry_schedule": ["0s", "1m"]])
            let first = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "failed"], count: 4)
            #expect(receiver.received.count == 1)
            #expect(try await client.event(first)["last_status_code"] == 410)
            let reason = "the subscription was deactivated: its receiver responded with 410 Gone"
            try await client.expect("events", ["last_error": .string(reason), "attempts": 0], count: 3)
            #expect(try await !isActive(client, token, gone))
            #expect(try await isActive(client, token, other))
        }
        try await receiver.stop()
    }

    @Test func `so many failed events in a row deactivate, and a delivered one starts the count again`() async throws {
        let receiver = try await Receiver { _, index in .status(index == 2 ? 200 : 500) }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s"], "auto_disable_threshold": 3])
            let id = try await client.subscribe(to: receiver.url, token: token)
            for sent in 1...6 {
                #expect(try await isActive(client, token, id), "before event \(sent)")
                try await client.trigger()
                try await client.expect("attempts", [:], count: sent)
            }
            // In order, two events have failed, one was delivered, and three have failed.
            #expect(try await !isActive(client, token, id))
            try await client.expect("events", ["status": "failed"], count: 5)
            try await client.trigger()
            try await client.expect("events", [:], count: 6)
        }
        try await receiver.stop()
    }

    @Test func `without a threshold no number of failures deactivates`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s"]])
            let id = try await client.subscribe(to: receiver.url, token: token)
            try await client.trigger(count: 40)
            try await client.expect("events", ["status": "failed"], count: 40)
            #expect(try await isActive(client, token, id))
        }
        try await receiver.stop()
    }
}
