import HooksimServer
import StrictJSON
import Testing
import Webhooks

/// Tests of the request that a receiver gets.
@Suite struct DeliveryRequestTests {
    @Test(arguments: [nil, "s3cr3t-4242"] as [String?])
    func `a delivery carries its headers, and a bearer token only with a secret`(secret: String?) async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url, secret: secret, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "delivered"], count: 1)
            let delivery = try #require(receiver.received.first)
            #expect(delivery.header("Content-Type") == "application/json")
            #expect(delivery.header("User-Agent") == "hooksim/\(HooksimVersion.current)")
            #expect(delivery.header("Authorization") == secret.map { "Bearer \($0)" })
            #expect(delivery.header("X-Webhook-Id") == id)
            #expect(delivery.header("X-Webhook-Attempt") == "1")
            #expect(delivery.header("Content-Length") == String(delivery.body.count))
            #expect(delivery.header("Host") == String(receiver.url.dropFirst(7)))
        }
        try await receiver.stop()
    }

    @Test(
        arguments: [
            ("", "/"), ("/", "/"), ("/hooks/in", "/hooks/in"), ("/in?a=1&b=%20", "/in?a=1&b=%20"), ("?a=1", "/?a=1"),
            ("/a//b/", "/a//b/"), ("/in#part", "/in"),
        ])
    func `the path and query are those of the endpoint`(suffix: String, target: String) async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url + suffix, token: try await client.token())
            try await client.trigger()
            try await client.expect("events", ["status": "delivered"], count: 1)
            #expect(receiver.received.map(\.path) == [target])
        }
        try await receiver.stop()
    }

    @Test func `every attempt has the same id and bytes and a number of its own`() async throws {
        let receiver = try await Receiver { _, index in .status(index < 4 ? 500 : 200) }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s", "1ms", "1ms", "1ms", "1ms", "1ms"]])
            try await client.subscribe(to: receiver.url, secret: "12345678", token: try await client.token())
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "delivered"], count: 1)
            let received = receiver.received
            #expect(received.map(\.attempt) == [1, 2, 3, 4, 5])
            #expect(received.allSatisfy { $0.id == id && $0.body == received[0].body })
            #expect(received.allSatisfy { $0.header("Authorization") == "Bearer 12345678" })
            let attemptLog = try await client.attempts()
            #expect(attemptLog.map { $0["attempt"] } == [1, 2, 3, 4, 5])
            #expect(attemptLog.map { $0["outcome"] } == ["failed", "failed", "failed", "failed", "delivered"])
            #expect(try await client.event(id)["attempt_count"] == 5)
        }
        try await receiver.stop()
    }
}
