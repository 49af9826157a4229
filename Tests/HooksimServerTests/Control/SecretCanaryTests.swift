import AsyncHTTPClient
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import StrictJSON
import Synchronization
import Testing

@testable import HooksimServer

/// Tests that send unique secrets in every kind of request, and then search all output for them.
@Suite struct SecretCanaryTests {
    /// Keeps all lines that are logged, at any level.
    private final class Log: Sendable {
        let lines = Mutex<[String]>([])

        var logger: Logger {
            var logger = Logger(label: "canary") { _ in Handler(log: self) }
            logger.logLevel = .trace
            return logger
        }

        private struct Handler: LogHandler {
            let log: Log
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.trace

            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                let line = "\(event.message) \(metadata) \(event.metadata ?? [:]) \(event.error.map { "\($0)" } ?? "")"
                log.lines.withLock { $0.append(line) }
            }
        }
    }

    private final class CollectedFeed: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// The secrets that were sent. Each one is unique, so that a leak shows which request it came from.
    private struct Canaries {
        private(set) var all: [String] = []
        mutating func add(_ secret: String) { all.append(secret) }

        mutating func make(_ way: String) -> String {
            let canary = "canary-\(way)-\(UInt64.random(in: 0...UInt64.max))"
            all.append(canary)
            return canary
        }
    }

    @Test(.timeLimit(.minutes(3))) func `no secret comes out of the simulator again`() async throws {
        var canaries = Canaries()
        let log = Log()
        let clientSecret = canaries.make("client")
        let adminToken = canaries.make("admin")
        let receiver = try await Receiver { _, index in index == 0 ? .status(500) : .status(200) }
        var pages: [String] = []
        try await withTemporaryStore { path in
            try await withSimulator {
                $0.clientSecret = clientSecret
                $0.adminToken = adminToken
                $0.logger = log.logger
                $0.store = path
            } _: { client in
                let collected = CollectedFeed()
                var request = HTTPClientRequest(url: client.url + "/__admin/stream")
                request.headers.add(name: "Authorization", value: "Bearer \(adminToken)")
                let stream = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for try await part in stream.body {
                            collected.bytes.withLock { $0.append(contentsOf: part.readableBytesView) }
                        }
                    }
                    let responses = try await send(&canaries, clientSecret, adminToken, to: receiver, client)
                    pages += responses
                    pages += try await everything(client, adminToken)
                    group.cancelAll()
                    while let result = await group.nextResult() { _ = result }
                }
                pages.append(String(decoding: collected.bytes.withLock { $0 }, as: UTF8.self))
            }
            // The store contains secrets only where it has to send them: the keys of subscriptions.
            let stored = try Data(contentsOf: URL(fileURLWithPath: path))
            for canary in canaries.all where !canary.hasPrefix("canary-key-") {
                #expect(stored.firstRange(of: Data(canary.utf8)) == nil, "\(canary) is in the store")
            }
        }
        let lines = log.lines.withLock { $0 }
        #expect(lines.contains { $0.contains("delivery") } && lines.contains { $0.contains("request") })
        #expect(pages.contains { $0.contains("invoice_paid") })
        for canary in canaries.all {
            #expect(lines.first { $0.contains(canary) } == nil, "logged")
            #expect(pages.first { $0.contains(canary) }.map { String($0.prefix(2000)) } == nil, "\(canary) came out")
        }
    }

    /// Sends valid and invalid secrets in every kind of request, and returns the responses that must not repeat them.
    private func send(
        _ canaries: inout Canaries, _ clientSecret: String, _ adminToken: String, to receiver: Receiver,
        _ client: TestClient
    ) async throws -> [String] {
        var responses: [String] = []
        let form = [("Content-Type", "application/x-www-form-urlencoded")]
        let grant = "grant_type=client_credentials"
        let basic = { (secret: String) in
            [("Authorization", "Basic " + Data("sandbox:\(secret)".utf8).base64EncodedString())] + form
        }
        for headers in [basic(canaries.make("basic")), basic(clientSecret)] {
            let response = try await client.send(.post, "/oauth/token", headers: headers, body: Array(grant.utf8))
            if response.status != 200 { responses.append(response.text) }
        }
        for body in ["&client_id=sandbox&client_secret=", "&client_secret=", "&client_id=x&client_secret=%zz"] {
            let text = grant + body + canaries.make("form")
            responses.append(try await client.send(.post, "/oauth/token", headers: form, body: Array(text.utf8)).text)
        }
        responses.append(
            try await client.send(
                .post, "/oauth/token",
                json: ["grant_type": "client_credentials", "client_secret": .string(canaries.make("json"))]
            ).text)
        let token = try await client.token("sandbox", clientSecret)
        responses.append(try await client.send(.get, "/webhooks", token: canaries.make("token")).text)
        responses.append(
            try await client.send(.get, "/webhooks?access_token=\(canaries.make("query"))&limit=1", token: token).text)
        let fine: JSON = [
            "endpoint_url": .string(receiver.url), "topic": "invoice_paid",
            "secret_key": .string(canaries.make("key") + "-tail"),
        ]
        responses.append(try await client.send(.post, "/webhooks", token: token, json: fine).text)
        for (url, secret) in [
            ("https://user:\(canaries.make("userinfo"))@a.example/", "a"),
            ("nonsense", canaries.make("refused") + " not visible \u{1}"),
        ] {
            let body: JSON = ["endpoint_url": .string(url), "topic": "x", "secret_key": .string(secret)]
            responses.append(try await client.send(.post, "/webhooks", token: token, json: body).text)
        }
        responses.append(try await client.send(.get, "/__admin/clock", token: canaries.make("guess")).text)
        let partner: JSON = ["client_id": "other", "client_secret": .string(canaries.make("partner"))]
        #expect(try await client.send(.post, "/__admin/partners", token: adminToken, json: partner).status == 201)
        let trigger: JSON = ["topic": "invoice_paid", "count": 2]
        responses.append(try await client.send(.post, "/__admin/events", token: adminToken, json: trigger).text)
        let expectation: JSON = ["of": "attempts", "where": [:], "at_least": 2]
        responses.append(try await client.send(.post, "/__admin/expect", token: adminToken, json: expectation).text)
        // The token and the client's secret must not appear in the output either.
        canaries.add(token)
        canaries.add(clientSecret)
        return responses
    }

    /// Returns the responses of all GET routes, the pages included. The backup is not among them: the store is searched
    /// as a file.
    private func everything(_ client: TestClient, _ adminToken: String) async throws -> [String] {
        let parts = try SimulatorParts(SimulatorOptions()) { _ in }
        try await parts.delivery.sender.shutdown()
        try await parts.storage.store.close()
        let attempts = try await client.send(.get, "/__admin/attempts", token: adminToken)
        let event = attempts.json["data"]?.array?.first?["event_id"]?.string ?? ""
        var responses = [attempts.text]
        for route in parts.routes.all where "\(route.method)" == "GET" && !Self.unread.contains(route.path) {
            let path = route.path.replacing("{id}", with: event)
            let response = try await client.send(.get, path, token: adminToken)
            #expect(response.status < 500, "\(path)")
            responses.append("\(path): \(response.text)")
        }
        return responses
    }

    /// Routes that are not read: a response that never ends, and a copy of the store.
    private static let unread: Set = ["/__admin/stream", "/__admin/backup"]
}
