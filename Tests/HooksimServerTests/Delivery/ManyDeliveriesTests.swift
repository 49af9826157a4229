import HooksimServer
import StrictJSON
import Synchronization
import Testing
import Webhooks

@Suite struct ManyDeliveriesTests {
    @Test(arguments: [1] as [UInt64])
    func `two thousand events past a receiver that fails one in three all come to an end, and the books balance`(
        seed: UInt64
    ) async throws {
        let generator = Mutex(SeededGenerator(seed: seed))
        let isHealed = Mutex(false)
        let receiver = try await Receiver { _, _ in
            let fails = generator.withLock { $0.unit() < 1 / 3.0 }
            return .status(fails && !isHealed.withLock { $0 } ? 500 : 200)
        }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s", "1ms"]])
            try await client.subscribe("invoice_paid", to: receiver.url + "/a", token: token)
            try await client.subscribe("payout_paid", to: receiver.url + "/b", token: token)
            let ids = Set(
                try await client.trigger("invoice_paid", count: 1000)
                    + client.trigger("payout_paid", count: 1000))
            #expect(ids.count == 2000)
            try await client.expect("events", ["status": "pending"], count: 0, timeout: 120_000)

            let attemptLog = try await client.attempts()
            let attempts = Dictionary(grouping: attemptLog) { $0["event_id"]?.string ?? "" }
            #expect(Set(attempts.keys) == ids, "seed \(seed)")
            let failed = Set(attempts.filter { $0.value.last?["outcome"] == "failed" }.keys)
            try await client.expect("events", ["status": "failed", "attempts": 2], count: failed.count)
            try await client.expect("events", ["status": "delivered"], count: 2000 - failed.count)
            #expect(!failed.isEmpty && failed.count < 1000, "seed \(seed)")
            for (id, attempts) in attempts {
                #expect(attempts.compactMap { $0["attempt"]?.integer } == Array(1...attempts.count), "\(id)")
                #expect(attempts.count == 1 || attempts[0]["outcome"] == "failed", "\(id)")
            }
            #expect(receiver.received.count == attemptLog.count, "each attempt was sent once")
            #expect(attemptLog.map { $0["seq"]?.integer ?? 0 } == Array(1...attemptLog.count))

            isHealed.withLock { $0 = true }
            let response = try await client.send(.post, "/webhooks/retry", token: token)
            #expect(response.json["message"]?.string?.hasPrefix("\(failed.count) failed events") == true)
            try await client.expect("events", ["status": "delivered"], count: 2000, timeout: 60_000)
            let again = receiver.received.dropFirst(attemptLog.count)
            #expect(again.count == failed.count)
            #expect(Set(again.map(\.id)) == failed)
            #expect(again.allSatisfy { $0.attempt == 3 })
        }
        try await receiver.stop()
    }
}
