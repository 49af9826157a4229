import HooksimServer
import StrictJSON
import Testing

@Suite struct APIFaultTests {
    private func request(_ path: String, _ token: String, method: String = "GET", headers: String = "") -> String {
        """
        \(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\
        \(headers)\r\n
        """
    }

    /// Returns a response whose parts arrived in separate reads. A busy machine may read several parts at once, so the
    /// request is repeated until it does not.
    private func responseInParts(_ request: String, to url: String) async throws -> RawResponse {
        for _ in 1..<20 {
            let seen = try await RawResponse(request, to: url)
            if seen.reads >= 4 { return seen }
        }
        return try await RawResponse(request, to: url)
    }

    @Test func `a status fault responds with its status, body and headers`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault([
                "target": "api",
                "effect": ["status": 503, "body": ["why": "maintenance"], "headers": ["Retry-After": "7"]],
            ])
            let response = try await client.send(.get, "/webhooks", token: token)
            #expect(
                response.status == 503 && response.json["why"] == "maintenance" && response.header("Retry-After") == "7"
            )
            try await client.expect("requests", ["status": 503, "fault": "status", "client": "sandbox"], count: 1)
        }
    }

    @Test func `a status fault at the token endpoint carries error`() async throws {
        try await withSimulator { client in
            try await client.fault(["target": "token", "effect": ["status": 500]])
            let response = try await client.send(.post, "/oauth/token", json: ["grant_type": "client_credentials"])
            #expect(response.status == 500)
            #expect(response.json["error"]?.string != nil)
        }
    }

    @Test func `a reset is an RST`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "reset"]])
            let seen = try await RawResponse(request("/webhooks", token), to: client.url)
            #expect(seen.end == .reset && seen.text == "")
            try await client.expect(
                "requests", ["path": "/webhooks", "fault": "connection", "status": .null], count: 1)
        }
    }

    @Test func `an empty response closes without a byte`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "empty"]])
            let seen = try await RawResponse(request("/webhooks", token), to: client.url)
            #expect(seen.end == .closed && seen.text == "")
        }
    }

    @Test func `a midway close breaks a declared length`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: "https://example.com/a", token: token)
            try await client.fault(["target": "api", "effect": ["connection": "close_midway"]])
            let seen = try await RawResponse(request("/webhooks", token), to: client.url)
            let parts = seen.text.split(separator: "\r\n\r\n", maxSplits: 1)
            let head = try #require(parts.first)
            let length = try #require(
                head.split(separator: "\r\n").compactMap { line in
                    line.lowercased().hasPrefix("content-length: ") ? Int(line.dropFirst(16)) : nil
                }.first)
            #expect(head.hasPrefix("HTTP/1.1 200"))
            #expect(parts.count == 2 && parts[1].utf8.count == length / 2)
        }
    }

    @Test func `random bytes are no HTTP`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "random_then_close"]])
            let seen = try await RawResponse(request("/webhooks", token), to: client.url)
            #expect(!seen.text.isEmpty && !seen.text.hasPrefix("HTTP"))
        }
    }

    @Test func `a dribble comes in parts and is whole at the end`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let whole = try await client.send(.get, "/webhooks", token: token).text
            try await client.fault(["target": "api", "effect": ["dribble": ["chunks": 5, "over": "250ms"]]])
            let seen = try await responseInParts(request("/webhooks", token), to: client.url)
            #expect(seen.reads >= 4)
            #expect(seen.text.hasSuffix(whole))
        }
    }

    @Test func `the response to a write dribbles as well`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["dribble": ["chunks": 5, "over": "250ms"]]])
            let body = #"{"topic":"invoice_paid","endpoint_url":"https://receiver.example/hooks"}"#
            let write = request(
                "/webhooks", token, method: "POST",
                headers: "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n")
            let seen = try await responseInParts(write + body, to: client.url)
            #expect(seen.text.hasPrefix("HTTP/1.1 201"), "\(seen.text)")
            #expect(seen.reads >= 4)
        }
    }

    @Test func `malformed JSON is whole as a message and broken as JSON`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["malformed_json": true]])
            let response = try await client.send(.get, "/webhooks", token: token)
            #expect(response.status == 200 && response.header("Content-Length") == String(response.body.count))
            #expect(throws: JSONError.self) { try JSON(parsing: response.body) }
        }
    }

    @Test func `rate_limited responds with 429 and whole seconds`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["rate_limited": ["retry_after": 2]], "times": 1])
            let limited = try await client.send(.get, "/webhooks", token: token)
            #expect(limited.status == 429 && limited.header("Retry-After") == "2")
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
        }
    }

    @Test func `expire_token expires the token that was sent, for good`() async throws {
        try await withSimulator { client in
            let (first, second) = (try await client.token(), try await client.token())
            try await client.fault(["target": "api", "effect": ["expire_token": true], "times": 1])
            #expect(try await client.send(.get, "/webhooks", token: first).status == 401)
            #expect(try await client.send(.get, "/webhooks", token: first).status == 401)
            #expect(try await client.send(.get, "/webhooks", token: second).status == 200)
        }
    }

    @Test func `expire_token at the token endpoint issues an expired token`() async throws {
        try await withSimulator { client in
            try await client.fault(["target": "token", "effect": ["expire_token": true]])
            let token = try await client.token()
            #expect(try await client.send(.get, "/webhooks", token: token).status == 401)
        }
    }

    @Test func `stale_cursor applies only to requests with a cursor`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: "https://example.com/a", token: token)
            try await client.fault(["target": "api", "effect": ["stale_cursor": true]])
            let first = try await client.send(.get, "/webhooks?limit=1", token: token)
            #expect(first.status == 200)
            let cursor = first.json["end_cursor"]?.string ?? ""
            let next = try await client.send(.get, "/webhooks?limit=1&after=\(cursor)", token: token)
            #expect(next.status == 400 && next.wrongFields == ["after"])
        }
    }

    @Test func `a delay follows the simulated clock`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["delay": "10m"]])
            async let slow = client.send(.get, "/webhooks", token: token)
            // The hit of the rule shows that the request is delayed until the clock is advanced.
            while try await client.send(.get, "/__admin/faults").json["data"]?.array?.first?["hits"] != 1 {}
            try await client.advance(["by": "10m"])
            #expect(try await slow.status == 200)
        }
    }

    @Test func `counts are per request seen, whatever the client repeats by itself`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "empty"], "times": 3])
            for _ in 0..<3 {
                let seen = try await RawResponse(request("/webhooks", token), to: client.url)
                #expect(seen.text == "")
            }
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
            try await client.expect("requests", ["path": "/webhooks"], count: 4)
            try await client.expect("requests", ["path": "/webhooks", "fault": "connection"], count: 3)
        }
    }
}
