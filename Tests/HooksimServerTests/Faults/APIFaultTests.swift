import HooksimServer
import Testing
import Webhooks

@Suite struct APIFaultTests {
    private func request(_ path: String, _ token: String, method: String = "GET", headers: String = "") -> String {
        """
        \(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\
        \(headers)\r\n
        """
    }

    /// Parts that arrive while a busy machine does not run the reader are read at once: such an exchange is repeated.
    private func exchangeInParts(_ request: String, to url: String) async throws -> RawExchange {
        for _ in 1..<20 {
            let seen = try await RawExchange(request, to: url)
            if seen.reads >= 4 { return seen }
        }
        return try await RawExchange(request, to: url)
    }

    @Test func `a status fault answers with its status, body and headers`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault([
                "target": "api",
                "effect": ["status": 503, "body": ["why": "maintenance"], "headers": ["Retry-After": "7"]],
            ])
            let answer = try await client.call(.get, "/webhooks", token: token)
            #expect(answer.status == 503 && answer.json["why"] == "maintenance" && answer.header("Retry-After") == "7")
            try await client.expect("requests", ["status": 503, "fault": "status", "client": "sandbox"], count: 1)
        }
    }

    @Test func `a status fault at the token endpoint carries error`() async throws {
        try await withSimulator { client in
            try await client.fault(["target": "token", "effect": ["status": 500]])
            let answer = try await client.call(.post, "/oauth/token", json: ["grant_type": "client_credentials"])
            #expect(answer.status == 500)
            #expect(answer.json["error"]?.string != nil)
        }
    }

    @Test func `a reset is an RST`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "reset"]])
            let seen = try await RawExchange(request("/webhooks", token), to: client.url)
            #expect(seen.end == .reset && seen.text == "")
            try await client.expect(
                "requests", ["path": "/webhooks", "fault": "connection", "status": .null], count: 1)
        }
    }

    @Test func `an empty response closes without a byte`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "empty"]])
            let seen = try await RawExchange(request("/webhooks", token), to: client.url)
            #expect(seen.end == .closed && seen.text == "")
        }
    }

    @Test func `a midway close breaks a declared length`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: "https://example.com/a", token: token)
            try await client.fault(["target": "api", "effect": ["connection": "close_midway"]])
            let seen = try await RawExchange(request("/webhooks", token), to: client.url)
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
            let seen = try await RawExchange(request("/webhooks", token), to: client.url)
            #expect(!seen.text.isEmpty && !seen.text.hasPrefix("HTTP"))
        }
    }

    @Test func `a dribble comes in parts and is whole at the end`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let whole = try await client.call(.get, "/webhooks", token: token).text
            try await client.fault(["target": "api", "effect": ["dribble": ["chunks": 5, "over": "250ms"]]])
            let seen = try await exchangeInParts(request("/webhooks", token), to: client.url)
            #expect(seen.reads >= 4)
            #expect(seen.text.hasSuffix(whole))
        }
    }

    @Test func `the answer to a write dribbles as well`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["dribble": ["chunks": 5, "over": "250ms"]]])
            let body = #"{"topic":"invoice_paid","endpoint_url":"https://receiver.example/hooks"}"#
            let write = request(
                "/webhooks", token, method: "POST",
                headers: "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n")
            let seen = try await exchangeInParts(write + body, to: client.url)
            #expect(seen.text.hasPrefix("HTTP/1.1 201"), "\(seen.text)")
            #expect(seen.reads >= 4)
        }
    }

    @Test func `malformed JSON is whole as a message and broken as JSON`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["malformed_json": true]])
            let answer = try await client.call(.get, "/webhooks", token: token)
            #expect(answer.status == 200 && answer.header("Content-Length") == String(answer.body.count))
            #expect(throws: JSONError.self) { try JSON(parsing: answer.body) }
        }
    }

    @Test func `rate_limited answers 429 with whole seconds`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["rate_limited": ["retry_after": 2]], "times": 1])
            let limited = try await client.call(.get, "/webhooks", token: token)
            #expect(limited.status == 429 && limited.header("Retry-After") == "2")
            #expect(try await client.call(.get, "/webhooks", token: token).status == 200)
        }
    }

    @Test func `expire_token expires the token that was sent, for good`() async throws {
        try await withSimulator { client in
            let (first, second) = (try await client.token(), try await client.token())
            try await client.fault(["target": "api", "effect": ["expire_token": true], "times": 1])
            #expect(try await client.call(.get, "/webhooks", token: first).status == 401)
            #expect(try await client.call(.get, "/webhooks", token: first).status == 401)
            #expect(try await client.call(.get, "/webhooks", token: second).status == 200)
        }
    }

    @Test func `expire_token at the token endpoint issues an expired token`() async throws {
        try await withSimulator { client in
            try await client.fault(["target": "token", "effect": ["expire_token": true]])
            let token = try await client.token()
            #expect(try await client.call(.get, "/webhooks", token: token).status == 401)
        }
    }

    @Test func `stale_cursor hits only calls with a cursor`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: "https://example.com/a", token: token)
            try await client.fault(["target": "api", "effect": ["stale_cursor": true]])
            let first = try await client.call(.get, "/webhooks?limit=1", token: token)
            #expect(first.status == 200)
            let cursor = first.json["end_cursor"]?.string ?? ""
            let next = try await client.call(.get, "/webhooks?limit=1&after=\(cursor)", token: token)
            #expect(next.status == 400 && next.wrongFields == ["after"])
        }
    }

    @Test func `a delay follows the simulated clock`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["delay": "10m"]])
            async let slow = client.call(.get, "/webhooks", token: token)
            // The call is asleep once the clock can be seen to have somebody to wake.
            while try await client.call(.get, "/__admin/faults").json["data"]?.array?.first?["hits"] != 1 {}
            try await client.advance(["by": "10m"])
            #expect(try await slow.status == 200)
        }
    }

    @Test func `counts are per request seen, whatever the client repeats by itself`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["connection": "empty"], "times": 3])
            for _ in 0..<3 {
                let seen = try await RawExchange(request("/webhooks", token), to: client.url)
                #expect(seen.text == "")
            }
            #expect(try await client.call(.get, "/webhooks", token: token).status == 200)
            try await client.expect("requests", ["path": "/webhooks"], count: 4)
            try await client.expect("requests", ["path": "/webhooks", "fault": "connection"], count: 3)
        }
    }
}

@Suite struct FaultRuleMatchingTests {
    @Test(
        arguments: [
            (["operation": "listEvents"], ["/webhooks/events"]),
            (["path": "/webhooks"], ["/webhooks"]),
            (["path": "/webhooks*"], ["/webhooks", "/webhooks/events"]),
            (["path": "/webhooks/e*", "method": "GET"], ["/webhooks/events"]),
            (["client_id": "sandbox"], ["/webhooks", "/webhooks/events"]),
            (["client_id": "somebody-else"], []),
        ] as [(JSON, [String])])
    func `a rule hits what it matches and nothing else`(match: JSON, hit: [String]) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "match": match, "effect": ["status": 599]])
            for path in ["/webhooks", "/webhooks/events"] {
                #expect((try await client.call(.get, path, token: token).status == 599) == hit.contains(path))
            }
        }
    }

    @Test func `rules are tried in order, the first that hits applies`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["status": 501], "skip": 1, "times": 1])
            let second = try await client.fault(["target": "api", "effect": ["status": 502]])
            let statuses = { () async throws -> [Int] in
                var all: [Int] = []
                for _ in 0..<3 { all.append(try await client.call(.get, "/webhooks", token: token).status) }
                return all
            }
            #expect(try await statuses() == [502, 501, 502])
            #expect(try await client.call(.delete, "/__admin/faults/\(second)").status == 200)
            #expect(try await client.call(.delete, "/__admin/faults/\(second)").status == 404)
            #expect(try await statuses() == [200, 200, 200])
        }
    }

    @Test func `a rule's life ends by the simulated clock`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 0 }) { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["status": 503], "for": "10m"])
            #expect(try await client.call(.get, "/webhooks", token: token).status == 503)
            try await client.advance(["by": "10m"])
            #expect(try await client.call(.get, "/webhooks", token: token).status == 200)
        }
    }

    @Test func `probability follows the seed`() async throws {
        let run = { (seed: UInt64) async throws -> [Int] in
            var statuses: [Int] = []
            try await withSimulator({ $0.seed = seed }) { client in
                let token = try await client.token()
                _ = try await client.call(.post, "/__admin/faults", json: ["preset": "flaky"])
                for _ in 0..<100 { statuses.append(try await client.call(.get, "/webhooks", token: token).status) }
            }
            return statuses
        }
        let first = try await run(1)
        #expect(try await run(1) == first)
        #expect(try await run(2) != first)
        #expect((1...30).contains(first.count { $0 == 503 }))
    }

    private static let malformed: [(String, Set<String>)] = [
        (#"{}"#, ["target", "effect"]),
        (#"{"target":"api"}"#, ["effect"]),
        (#"{"target":"moon","effect":{"status":503}}"#, ["target"]),
        (#"{"target":"api","effect":{}}"#, ["effect"]),
        (#"{"target":"api","effect":{"status":503,"delay":"1s"}}"#, ["effect"]),
        (#"{"target":"api","effect":{"status":99}}"#, ["effect.status"]),
        (#"{"target":"api","effect":{"status":"503"}}"#, ["effect.status"]),
        (
            #"{"target":"api","effect":{"status":503,"headers":{"Content-Length":"1"}}}"#,
            ["effect.headers.Content-Length"]
        ),
        (#"{"target":"api","effect":{"status":503,"headers":{"A B":"1"}}}"#, ["effect.headers.A B"]),
        (#"{"target":"api","effect":{"delay":"soon"}}"#, ["effect.delay"]),
        (#"{"target":"api","effect":{"delay":{"uniform":{"min":"2s","max":"1s"}}}}"#, ["effect.delay.uniform.max"]),
        (#"{"target":"api","effect":{"delay":{"lognormal":{"median":"1s"}}}}"#, ["effect.delay.lognormal.sigma"]),
        (#"{"target":"api","effect":{"connection":"explode"}}"#, ["effect.connection"]),
        (#"{"target":"api","effect":{"dribble":{"chunks":0,"over":"1s"}}}"#, ["effect.dribble.chunks"]),
        (#"{"target":"api","effect":{"malformed_json":false}}"#, ["effect.malformed_json"]),
        (#"{"target":"api","effect":{"rate_limited":{"retry_after":-1}}}"#, ["effect.rate_limited.retry_after"]),
        (#"{"target":"api","effect":{"duplicate":2}}"#, ["effect.duplicate"]),
        (#"{"target":"token","effect":{"stale_cursor":true}}"#, ["effect.stale_cursor"]),
        (#"{"target":"delivery","effect":{"duplicate":1}}"#, ["effect.duplicate"]),
        (#"{"target":"delivery","effect":{"reorder":{}}}"#, ["effect.reorder.window"]),
        (#"{"target":"delivery","effect":{"drop":1}}"#, ["effect.drop"]),
        (
            #"{"target":"delivery","effect":{"drop":true},"match":{"attempt":0,"topic":"x","method":"GET"}}"#,
            ["match.attempt", "match.topic", "match.method"]
        ),
        (#"{"target":"api","effect":{"status":503},"match":{"method":"PUT"}}"#, ["match.method"]),
        (#"{"target":"api","effect":{"status":503},"match":{"path":"/nowhere"}}"#, ["match.path"]),
        (#"{"target":"api","effect":{"status":503},"match":{"operation":"createToken"}}"#, ["match.operation"]),
        (
            #"{"target":"api","effect":{"status":503},"match":{"operation":"listEvents","path":"/webhooks"}}"#,
            ["match.path"]
        ),
        (#"{"target":"api","effect":{"status":503},"probability":1.5}"#, ["probability"]),
        (#"{"target":"api","effect":{"status":503},"times":0}"#, ["times"]),
        (#"{"target":"api","effect":{"status":503},"skip":-1}"#, ["skip"]),
        (#"{"target":"api","effect":{"status":503},"for":"long"}"#, ["for"]),
        (#"{"target":"api","effect":{"status":503},"chance":1}"#, ["chance"]),
        (#"{"preset":"nope"}"#, ["preset"]),
    ]

    @Test(arguments: malformed)
    func `a rule that can't be is refused by the names of its fields`(rule: String, fields: Set<String>) async throws {
        try await withSimulator { client in
            let answer = try await client.call(.post, "/__admin/faults", json: JSON(parsing: rule.utf8))
            #expect(answer.status == 422)
            #expect(answer.wrongFields == fields, "\(answer.text)")
            #expect(try await client.call(.get, "/__admin/faults").json["data"] == [])
        }
    }

    @Test(arguments: FaultPreset.allCases)
    func `every preset is accepted`(preset: FaultPreset) async throws {
        try await withSimulator { client in
            let answer = try await client.call(.post, "/__admin/faults", json: ["preset": .string(preset.rawValue)])
            #expect(answer.status == 201)
            #expect(answer.json["data"]?.array?.count == preset.rules.count)
        }
    }
}
