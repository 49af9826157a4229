import HooksimServer
import StrictJSON
import Testing

@Suite struct RetryScheduleTests {
    static let start: Int64 = 1_736_942_400_000

    /// The arguments are a `Retry-After` and the instant of the next attempt after one failed attempt at
    /// 2025-01-15T12:00:00Z, with a schedule of ten seconds and no jitter.
    @Test(
        arguments: [
            (nil, "2025-01-15T12:00:10.000Z"), ("90", "2025-01-15T12:01:30.000Z"), ("0", "2025-01-15T12:00:00.000Z"),
            ("3600", "2025-01-15T13:00:00.000Z"), ("3601", "2025-01-15T13:00:00.000Z"),
            ("999999999999999999999", "2025-01-15T13:00:00.000Z"),
            ("Wed, 15 Jan 2025 12:05:00 GMT", "2025-01-15T12:05:00.000Z"),
            ("Thu, 16 Jan 2025 12:00:00 GMT", "2025-01-15T13:00:00.000Z"),
            ("Wed, 15 Jan 2025 11:00:00 GMT", "2025-01-15T12:00:00.000Z"),
            ("soon", "2025-01-15T12:00:10.000Z"), ("-5", "2025-01-15T12:00:10.000Z"),
            ("1.5", "2025-01-15T12:00:10.000Z"),
        ] as [(String?, String)])
    func `the wait is the schedule's, or what the receiver asks for up to an hour`(asked: String?, due: String)
        async throws
    {
        let receiver = try await Receiver { _, index in
            .status(index == 0 ? 503 : 200, headers: asked.map { [("Retry-After", $0)] } ?? [])
        }
        try await withSimulator({ $0.frozenAtMilliseconds = Self.start }) { client in
            try await client.settings(["retry_schedule": ["0s", "10s"], "retry_jitter": 0])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            if due == "2025-01-15T12:00:00.000Z" {
                try await client.expect("events", ["status": "delivered", "attempts": 2], count: 1)
            } else {
                try await client.expect("events", ["status": "pending", "attempts": 1], count: 1)
                #expect(try await client.event(id)["next_attempt_at"] == .string(due))
            }
        }
        try await receiver.stop()
    }

    @Test func `jitter comes from the seed and stays within its bounds`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        var runs: [[String]] = []
        for seed in [7, 7, 8] as [UInt64] {
            try await withSimulator({
                $0.frozenAtMilliseconds = Self.start
                $0.seed = seed
            }) { client in
                try await client.settings(["retry_schedule": ["0s", "100s"], "retry_jitter": .number("0.1")])
                try await client.subscribe(to: receiver.url, token: try await client.token())
                let ids = try await client.trigger(count: 20)
                try await client.expect("events", ["attempts": 1], count: 20)
                var waits: [String] = []
                for id in ids { waits.append(try await client.event(id)["next_attempt_at"]?.string ?? "") }
                #expect(waits.allSatisfy { ("2025-01-15T12:01:30.000Z"..."2025-01-15T12:01:50.000Z").contains($0) })
                #expect(Set(waits).count > 10)
                runs.append(waits)
            }
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
        try await receiver.stop()
    }

    @Test func `a schedule changed on the way holds for what comes after`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator({ $0.frozenAtMilliseconds = Self.start }) { client in
            try await client.settings(["retry_schedule": ["0s", "10s", "10s"], "retry_jitter": 0])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.trigger()
            try await client.expect("events", ["attempts": 1], count: 1)
            try await client.settings(["retry_schedule": ["0s", "1h"]])
            let advanced = try await client.send(.post, "/__admin/clock/advance", json: ["by": "10s"])
            #expect(advanced.json["attempts"] == 1)
            try await client.expect("events", ["attempts": 2, "status": "failed"], count: 1)
        }
        try await receiver.stop()
    }
}
