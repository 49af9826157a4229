import StrictJSON
import Testing

@testable import HooksimServer

/// Tests of triggers whose events are created in groups.
@Suite struct LargeTriggerTests {
    /// Returns the response to a trigger of 21 events of three subscriptions.
    ///
    /// - Parameter groupSize: the number of events of a group.
    private func response(groupSize: Int) async throws -> String {
        var text = ""
        try await withSimulator {
            $0.seed = 7
            $0.frozenAtMilliseconds = 1_736_942_400_000
            $0.bulkGroupSize = groupSize
        } _: { client in
            // No delivery is sent during the test.
            try await client.settings(["retry_schedule": ["1h"]])
            let token = try await client.token()
            for path in ["a", "b", "c"] { try await client.subscribe(to: "http://127.0.0.1:9/" + path, token: token) }
            let response = try await client.send(.post, "/__admin/events", json: ["topic": "invoice_paid", "count": 7])
            #expect(response.status == 201)
            text = response.text
            try await client.expect("events", ["status": "pending"], count: 21, timeout: 0)
            for event in response.json["data"]?.array ?? [] {
                let listed = try await client.event(try #require(event["id"]?.string))
                #expect(listed["payload"] == event["payload"])
            }
        }
        return text
    }

    @Test(arguments: [1, 2, 20])
    func `the events are the same, however many are created at once`(groupSize: Int) async throws {
        #expect(try await response(groupSize: groupSize) == response(groupSize: 400))
    }

    @Test func `a trigger whose response would be too large is refused, and creates nothing`() async throws {
        try await withSimulator { client in
            try await client.subscribe(to: "http://127.0.0.1:9/", token: try await client.token())
            let body: JSON = [
                "topic": "invoice_paid", "count": 200,
                "data": ["text": .string(String(repeating: "x", count: 500_000))],
            ]
            let response = try await client.send(.post, "/__admin/events", json: body)
            #expect(response.status == 422)
            let reason = response.json["validation_errors"]?["count"]?.string ?? ""
            #expect(reason.hasPrefix("leads to 200 events with payloads of 500"), "\(reason)")
            #expect(reason.contains("95 MiB; the limit is 64 MiB"), "\(reason)")
            try await client.expect("events", [:], count: 0, timeout: 0)
        }
    }
}
