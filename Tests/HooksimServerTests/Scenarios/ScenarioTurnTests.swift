import StrictJSON
import Testing

@testable import HooksimServer

/// Tests of scenarios in a simulator that other clients use too: when they begin, when they end, and what they leave
/// behind.
@Suite struct ScenarioTurnTests {
    /// A scenario that waits in real time: its first wait takes an hour, and all of them take weeks.
    private static let longScenario: JSON = [
        "settings": ["rate_limit": 7],
        "steps": [
            ["fault": ["target": "delivery", "effect": ["drop": true]]],
            ["repeat": ["times": 10_000, "steps": [["wait_real": "1h"]]]],
        ],
    ]

    private func scenario(advancing distance: String, rateLimit: Int) -> JSON {
        [
            "clock": "2030-01-01T00:00:00Z", "settings": ["rate_limit": .number(rateLimit)],
            "steps": [
                ["advance": .string(distance)],
                ["request": ["path": "/__admin/clock", "status": 200, "json": ["mode": "frozen"]]],
                ["request": ["path": "/__admin/settings", "json": ["rate_limit": .number(rateLimit)]]],
            ],
        ]
    }

    private func run(_ scenario: JSON, on client: TestClient) async throws -> TestResponse {
        try await client.send(.post, "/__admin/scenarios", json: scenario)
    }

    /// Begins a scenario that does not end by itself, and returns its connection once the scenario runs.
    private func begin(_ scenario: JSON, on client: TestClient) async throws -> RawSocket {
        let socket = try await RawSocket(to: client.url)
        let body = scenario.description
        try await socket.send(
            [
                "POST /__admin/scenarios HTTP/1.1", "Host: localhost", "Content-Type: application/json",
                "Content-Length: \(body.utf8.count)",
            ], body)
        while try await client.send(.get, "/__admin/faults").json["data"] == [] { await Task.yield() }
        return socket
    }

    /// Waits until the simulator is as it was before a scenario: with these settings, a real clock, one partner and no
    /// fault rule.
    private func waitUntilRestored(_ settings: JSON, on client: TestClient) async throws {
        while true {
            let found: [JSON?] = [
                try await client.send(.get, "/__admin/clock").json["mode"],
                try await client.send(.get, "/__admin/settings").json,
                try await client.send(.get, "/__admin/faults").json["data"],
                .number(try await client.send(.get, "/__admin/partners").json["data"]?.array?.count ?? 0),
            ]
            if found == ["real", settings, [], 1] { return }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test(.timeLimit(.minutes(2))) func `scenarios take turns, and leave clock and settings as they were`() async throws
    {
        try await withSimulator { client in
            try await client.settings(["rate_limit": 1000])
            let settings = try await client.send(.get, "/__admin/settings").json
            try await withThrowingTaskGroup(of: TestResponse.self) { group in
                for number in 1...4 {
                    group.addTask {
                        try await self.run(
                            self.scenario(advancing: "\(number)h", rateLimit: 100 * number), on: client)
                    }
                }
                for try await response in group { #expect(response.json["passed"] == true, "\(response.text)") }
            }
            try await waitUntilRestored(settings, on: client)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [false, true])
    func `a scenario restores the settings that its own requests changed`(isText: Bool) async throws {
        try await withSimulator { client in
            let settings = try await client.send(.get, "/__admin/settings").json
            let patch: JSON = ["rate_limit": 7]
            let request: JSON = [
                "method": "PATCH", "path": "/__admin/settings", "headers": ["Content-Type": "application/json"],
                "body": isText ? .string(patch.description) : patch, "status": 200,
            ]
            let response = try await run(["name": "a request", "steps": [["request": request]]], on: client)
            #expect(response.json["passed"] == true, "\(response.text)")
            try await waitUntilRestored(settings, on: client)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a scenario keeps what others changed meanwhile`() async throws {
        try await withSimulator { client in
            var settings = try #require(try await client.send(.get, "/__admin/settings").json.object)
            let socket = try await begin(Self.longScenario, on: client)
            try await client.settings(["delivery_concurrency": 3])
            settings["delivery_concurrency"] = 3
            socket.close()
            try await waitUntilRestored(.object(settings), on: client)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [false, true])
    func `a scenario ends when its client disconnects, and the next one has its turn`(isWaiting: Bool) async throws {
        try await withSimulator { client in
            let settings = try await client.send(.get, "/__admin/settings").json
            let socket = try await begin(Self.longScenario, on: client)
            if isWaiting {
                // The second client disconnects while its scenario waits for its turn.
                let second = try await RawSocket(to: client.url)
                let body = Self.longScenario.description
                try await second.send(
                    [
                        "POST /__admin/scenarios HTTP/1.1", "Host: localhost", "Content-Type: application/json",
                        "Content-Length: \(body.utf8.count)",
                    ], body)
                second.close()
            }
            socket.close()
            let response = try await run(scenario(advancing: "1h", rateLimit: 5), on: client)
            #expect(response.json["passed"] == true, "\(response.text)")
            try await waitUntilRestored(settings, on: client)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a simulator that stops does not wait for a scenario`() async throws {
        let simulator = try await Simulator.start()
        let socket = try await begin(Self.longScenario, on: TestClient(simulator.url))
        try await simulator.stop()
        socket.close()
    }

    @Test(.timeLimit(.minutes(2))) func `a reset ends the scenario under way, which leaves nothing behind`()
        async throws
    {
        try await withSimulator { client in
            let settings = try await client.send(.get, "/__admin/settings").json
            let socket = try await begin(Self.longScenario, on: client)
            #expect(try await client.send(.post, "/__admin/reset").status == 200)
            let report = try await socket.response().json
            #expect(report["passed"] == false)
            try await waitUntilRestored(settings, on: client)
            socket.close()
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a scenario may reset the simulator, which ends it`() async throws {
        try await withSimulator { client in
            let settings = try await client.send(.get, "/__admin/settings").json
            let response = try await run(
                [
                    "settings": ["rate_limit": 7],
                    "steps": [
                        ["request": ["method": "POST", "path": "/__admin/reset", "body": [:]]],
                        ["settings": ["rate_limit": 9]], ["advance": "1h"],
                    ],
                ], on: client)
            #expect(response.json["passed"] == false, "\(response.text)")
            try await waitUntilRestored(settings, on: client)
        }
    }

    @Test(.timeLimit(.minutes(2))) func `a scenario that runs another one does not wait for itself`() async throws {
        try await withSimulator { client in
            let inner: JSON = ["steps": [["advance": "1s"]]]
            let request: JSON = ["method": "POST", "path": "/__admin/scenarios", "body": inner, "status": 409]
            let response = try await run(["steps": [["request": request]]], on: client)
            #expect(response.json["passed"] == true, "\(response.text)")
        }
    }

    @Test func `steps are bounded when repeats are multiplied out`() async throws {
        var step: JSON = ["wait_real": "0s"]
        for _ in 0..<3 { step = ["repeat": ["times": 10_000, "steps": [step]]] }
        let empty: JSON = [
            "repeat": ["times": 10_000, "steps": [["repeat": ["times": 10_000, "steps": []]]]]
        ]
        try await withSimulator { client in
            for step in [step, empty] {
                let response = try await run(["steps": [step]], on: client)
                #expect(response.status == 422, "\(response.text)")
                #expect(response.text.contains("when repeats are multiplied out"), "\(response.text)")
            }
        }
    }
}
