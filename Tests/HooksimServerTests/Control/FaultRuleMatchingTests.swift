import HooksimServer
import StrictJSON
import Testing
import Webhooks

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
                #expect((try await client.send(.get, path, token: token).status == 599) == hit.contains(path))
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
                for _ in 0..<3 { all.append(try await client.send(.get, "/webhooks", token: token).status) }
                return all
            }
            #expect(try await statuses() == [502, 501, 502])
            #expect(try await client.send(.delete, "/__admin/faults/\(second)").status == 200)
            #expect(try await client.send(.delete, "/__admin/faults/\(second)").status == 404)
            #expect(try await statuses() == [200, 200, 200])
        }
    }

    @Test func `a rule's life ends by the simulated clock`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 0 }) { client in
            let token = try await client.token()
            try await client.fault(["target": "api", "effect": ["status": 503], "for": "10m"])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 503)
            try await client.advance(["by": "10m"])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
        }
    }

    @Test func `probability follows the seed`() async throws {
        let run = { (seed: UInt64) async throws -> [Int] in
            var statuses: [Int] = []
            try await withSimulator({ $0.seed = seed }) { client in
                let token = try await client.token()
                _ = try await client.send(.post, "/__admin/faults", json: ["preset": "flaky"])
                for _ in 0..<100 { statuses.append(try await client.send(.get, "/webhooks", token: token).status) }
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
            let response = try await client.send(.post, "/__admin/faults", json: JSON(parsing: rule.utf8))
            #expect(response.status == 422)
            #expect(response.wrongFields == fields, "\(response.text)")
            #expect(try await client.send(.get, "/__admin/faults").json["data"] == [])
        }
    }

    @Test(arguments: FaultPreset.allCases)
    func `every preset is accepted`(preset: FaultPreset) async throws {
        try await withSimulator { client in
            let response = try await client.send(.post, "/__admin/faults", json: ["preset": .string(preset.rawValue)])
            #expect(response.status == 201)
            #expect(response.json["data"]?.array?.count == preset.rules.count)
        }
    }
}
