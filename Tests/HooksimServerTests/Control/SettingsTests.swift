import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct SettingsTests {
    @Test(arguments: Profile.allCases)
    func `the settings at start are the documented defaults`(profile: Profile) async throws {
        try await withSimulator({ $0.profile = profile }) { client in
            let settings = try await client.send(.get, "/__admin/settings").json
            #expect(settings["retry_schedule"] == ["0s", "5s", "30s"])
            #expect(settings["retry_jitter"] == .number("0.1"))
            #expect(settings["delivery_timeout"] == "10s")
            #expect(settings["token_ttl"] == "1h")
            #expect(settings["rate_limit"] == (profile == .faithful ? 5 : .null))
            #expect(settings["auto_disable_threshold"] == .null)
            #expect(settings["retention_events"] == 2_000_000)
            #expect(settings["retention_attempts"] == 4_000_000)
            #expect(settings["retention_requests"] == 50_000)
        }
    }

    @Test(
        arguments: [
            ("retry_schedule", #"["0s"]"#), ("retry_schedule", #"["1h30m", "250ms", "1d"]"#), ("retry_jitter", "0"),
            ("retry_jitter", "1"), ("retry_jitter", "0.25"), ("delivery_timeout", #""1ms""#),
            ("delivery_timeout", #""1h""#), ("delivery_concurrency", "1"), ("delivery_concurrency", "1024"),
            ("rate_limit", "1"), ("rate_limit", "100000"), ("rate_limit", "null"), ("token_ttl", #""1ms""#),
            ("token_ttl", #""365d""#), ("auto_disable_threshold", "1"), ("auto_disable_threshold", "null"),
            ("retention_events", "1"), ("retention_events", "null"), ("retention_attempts", "1000000000"),
            ("retention_attempts", "null"), ("retention_requests", "1"),
        ])
    func `a setting takes a value in its range, and nothing else changes`(name: String, value: String) async throws {
        try await withSimulator { client in
            let before = try #require(try await client.send(.get, "/__admin/settings").json.object)
            let body = Array(#"{"\#(name)": \#(value)}"#.utf8)
            let response = try await client.send(
                .patch, "/__admin/settings", headers: [("Content-Type", "application/json")], body: body)
            #expect(response.status == 200, "\(response.text)")
            let after = try await client.send(.get, "/__admin/settings").json
            #expect(response.json == after)
            let wanted = try JSON(parsing: Array(value.utf8))
            #expect(after[name] == wanted || after[name]?.double == wanted.double && wanted.double != nil)
            for member in before.members where member.name != name { #expect(after[member.name] == member.value) }
        }
    }

    @Test(
        arguments: [
            ("retry_schedule", "[]"), ("retry_schedule", #""0s""#), ("retry_schedule", "[0]"),
            ("retry_schedule", #"["0s", "soon"]"#), ("retry_schedule", #"["-1s"]"#), ("retry_schedule", #"["1"]"#),
            ("retry_schedule", #"["366d"]"#), ("retry_schedule", "null"), ("retry_jitter", "-0.1"),
            ("retry_jitter", "1.1"), ("retry_jitter", #""0.1""#), ("retry_jitter", "null"), ("retry_jitter", "1e999"),
            ("delivery_timeout", #""0s""#), ("delivery_timeout", #""61m""#), ("delivery_timeout", "10"),
            ("delivery_timeout", "null"), ("delivery_concurrency", "0"), ("delivery_concurrency", "1025"),
            ("delivery_concurrency", "1.5"), ("delivery_concurrency", "null"), ("rate_limit", "0"),
            ("rate_limit", "100001"), ("rate_limit", #""5""#), ("token_ttl", #""0s""#), ("token_ttl", #""366d""#),
            ("token_ttl", #""""#), ("auto_disable_threshold", "0"), ("auto_disable_threshold", "1000001"),
            ("retention_events", "0"), ("retention_attempts", "1000000001"), ("retention_requests", "null"),
            ("nonsense", "1"), ("Retry_Schedule", #"["0s"]"#), ("", "1"),
        ])
    func `a wrong setting is named, and nothing is changed by the request`(name: String, value: String) async throws {
        try await withSimulator { client in
            let before = try await client.send(.get, "/__admin/settings").json
            let body = Array(#"{"delivery_concurrency2": 1, "token_ttl2": 1, "\#(name)": \#(value)}"#.utf8)
            // This body has a valid setting besides the invalid one.
            let good = name == "token_ttl" ? #""rate_limit": 9"# : #""token_ttl": "9s""#
            let mixed = Array(#"{\#(good), "\#(name)": \#(value)}"#.utf8)
            for (bytes, fields) in [
                (body, ["delivery_concurrency2", "token_ttl2", name]), (mixed, [name]),
            ] {
                let response = try await client.send(
                    .patch, "/__admin/settings", headers: [("Content-Type", "application/json")], body: bytes)
                #expect(response.status == 422, "\(response.text)")
                #expect(response.wrongFields == Set(fields))
            }
            #expect(try await client.send(.get, "/__admin/settings").json == before)
        }
    }

    @Test func `a rate limit takes effect at once`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            try await client.settings(["rate_limit": 2])
            var statuses: [Int] = []
            for _ in 0..<3 { statuses.append(try await client.send(.get, "/webhooks", token: token).status) }
            #expect(statuses == [200, 200, 429])
            try await client.settings(["rate_limit": .null])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
        }
    }
}
