import StrictJSON
@testable import HooksimServer
import Testing

@Suite struct MetricsTests {
    private func metrics(_ client: TestClient) async throws -> [String: Double] {
        let response = try await client.send(.get, "/__admin/metrics")
        #expect(response.status == 200)
        #expect(response.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
        var samples: [String: Double] = [:]
        var described: Set<String> = []
        for line in response.text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                described.insert(String(line.split(separator: " ")[2]))
            } else if !line.hasPrefix("#") {
                let space = try #require(line.lastIndex(of: " "))
                let name = String(line[..<space])
                #expect(samples[name] == nil, "\(name) is there twice")
                let value: Double = try #require(Double(line[space...].dropFirst()), "\(line)")
                samples[name] = value
                let base = name.prefix { $0 != "{" }
                #expect(described.contains { base.hasPrefix($0) }, "\(name) is not described")
            }
        }
        return samples
    }

    @Test func `they count requests, attempts and what waits`() async throws {
        let receiver = try await Receiver { _, index in index == 0 ? .status(500) : .hold }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: receiver.url, token: token)
            _ = try await client.send(.get, "/webhooks/events", token: token)
            _ = try await client.send(.get, "/webhooks/events?limit=0", token: token)
            _ = try await client.send(.get, "/nowhere")
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.trigger()
            try await client.expect("attempts", [:], count: 1)
            try await client.trigger(count: 2)
            await receiver.wait(untilReceived: 3)
            let samples = try await metrics(client)
            let expected: [(String, Double)] = [
                (#"hooksim_requests_total{operation="createToken",status="200"}"#, 1),
                (#"hooksim_requests_total{operation="listEvents",status="200"}"#, 1),
                (#"hooksim_requests_total{operation="listEvents",status="400"}"#, 1),
                (#"hooksim_requests_total{operation="",status="404"}"#, 1),
                (#"hooksim_request_duration_seconds_count{operation="listEvents"}"#, 2),
                (#"hooksim_request_duration_seconds_bucket{operation="listEvents",le="+Inf"}"#, 2),
                (#"hooksim_delivery_attempts_total{outcome="failed"}"#, 1),
                (#"hooksim_delivery_attempts_total{outcome="delivered"}"#, 0),
                ("hooksim_delivery_duration_seconds_count", 1), ("hooksim_deliveries_in_flight", 2),
                (#"hooksim_events{status="failed"}"#, 1), (#"hooksim_events{status="pending"}"#, 2),
                ("hooksim_queue_depth", 2),
            ]
            for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
            #expect(samples["process_resident_memory_bytes", default: 0] > 1_000_000)
            receiver.release()
        }
    }

    @Test func `the oldest pending event has an age by the simulated clock`() async throws {
        try await withSimulator {
            $0.frozenAtMilliseconds = 1_767_603_600_000
        } _: { client in
            try await client.settings(["retry_schedule": ["0s", "2h"]])
            #expect(try await metrics(client)["hooksim_oldest_pending_age_seconds"] == 0)
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            try await client.trigger()
            try await client.advance(["by": "1h"])
            #expect(try await metrics(client)["hooksim_oldest_pending_age_seconds"] == 3600)
        }
    }

    @Test(arguments: [(0, 0), (500, 0), (501, 1), (30_000_000, 14), (30_000_001, 15), (.max / 2, 15)])
    func `a duration falls into the bucket that it is not above`(microseconds: Int, bucket: Int) {
        var histogram = Histogram()
        histogram.add(microseconds: microseconds)
        #expect(histogram.counts[bucket] == 1)
        #expect(histogram.sum == microseconds)
    }
}
