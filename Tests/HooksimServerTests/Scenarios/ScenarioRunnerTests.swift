import HooksimReplay
import HooksimScenarios
import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct ScenarioRunnerTests {
    /// Runs a scenario in a simulator that is already running.
    private func run(_ text: String, in client: TestClient) async throws -> ScenarioReport {
        let scenario = try ScenarioFile.parse(text, from: .file)
        return await ScenarioRunner(scenario, name: "test", target: RunningSimulator(url: client.url, adminToken: nil))
            .run()
    }

    @Test func `a failed expectation shows what was expected, what there is, and the story of what came closest`()
        async throws
    {
        try await withSimulator { client in
            let report = try await run(
                """
                settings: { retry_schedule: [0s, 1m] }
                receivers: { shop: { respond: 503 } }
                steps:
                  - subscribe: { topic: invoice_paid, to: shop }
                  - trigger: { topic: invoice_paid, entity_id: INV-1 }
                  - advance: 1m
                  - expect: { of: events, where: { entity_id: INV-1, status: delivered }, count: 1, timeout: 1ms }
                  - retry: {}
                """, in: client)
            let failure = try #require(report.steps.last?.failure)
            #expect(report.failures == 1 && report.skipped == 1 && report.steps.last?.position.line == 7)
            for part in [
                "expected exactly 1 events", "found 0", "status=failed", "the story of event", "attempt=1", "attempt=2",
                "status_code=503", "2026-01-05T09:01:00.000Z",
            ] {
                #expect(failure.contains(part), "\(part) is not in: \(failure)")
            }
        }
    }

    @Test func `a guest leaves nothing behind and sees nothing of others`() async throws {
        try await withSimulator { client in
            let receiver = try await Receiver()
            try await client.subscribe(to: receiver.url, token: client.token())
            try await client.trigger()
            try await client.expect("events", ["status": "delivered"], count: 1)
            let fault = try await client.fault([
                "target": "api", "match": ["client_id": "x"], "effect": ["status": 500],
            ])
            let settings = try await client.send(.get, "/__admin/settings").json
            let report = try await run(
                """
                settings: { retry_schedule: [0s, 1m] }
                receivers: { shop: { respond: [500, 200] } }
                steps:
                  - settings: { rate_limit: 50, auto_disable_threshold: 9 }
                  - fault: { target: delivery, effect: { duplicate: 2 }, match: { attempt: 2 } }
                  - subscribe: { topic: invoice_paid, to: shop, path: /hooks }
                  - trigger: { topic: invoice_paid }
                  - advance: idle
                  - expect: { of: events, where: { status: delivered }, count: 1 }
                  - expect: { of: attempts, count: 3 }
                  - request: { path: "/webhooks?limit=1", status: 200, save: { id: data.0.id } }
                  - request: { method: DELETE, path: "/webhooks/${id}", status: 200, json: { is_active: false } }
                  - request: { path: /nowhere, status: 404 }
                """, in: client)
            #expect(report.isPassed, "\(report.json)")
            #expect(report.attemptLog.map { $0["endpoint_url"] } == ["shop:/hooks", "shop:/hooks", "shop:/hooks"])
            #expect(receiver.received.count == 1)
            #expect(try await client.send(.get, "/__admin/clock").json["mode"] == "real")
            #expect(try await client.send(.get, "/__admin/settings").json == settings)
            #expect(
                try await client.send(.get, "/__admin/faults").json["data"]?.array?.map { $0["id"] } == [.string(fault)]
            )
            #expect(try await client.send(.get, "/__admin/partners").json["data"]?.array?.count == 1)
        }
    }

    @Test func `a request with another response says how they differ`() async throws {
        try await withSimulator { client in
            let report = try await run(
                #"{"steps": [{"request": {"path": "/webhooks", "status": 201, "json": {"data": [1]}, "header": {"X-A": "b"}}}]}"#,
                in: client)
            let failure = try #require(report.steps.first?.failure)
            for part in ["status is 200, expected 201", "header X-A is missing", "data has 0 elements, expected 1"] {
                #expect(failure.contains(part), "\(part) is not in: \(failure)")
            }
        }
    }

    @Test func `the control API runs a scenario and responds with its report, or with what is wrong with it`()
        async throws
    {
        try await withSimulator { client in
            let good = try await client.send(
                .post, "/__admin/scenarios", json: ["steps": [["retry": [:]], ["advance": "1h"]]])
            #expect(good.status == 200 && good.json["passed"] == true)
            #expect(good.json["steps"]?.array?.map { $0["step"] } == ["retry", "advance 1h"])
            let bad = try await client.send(.post, "/__admin/scenarios", json: ["steps": [["advnace": "1h"]]])
            #expect(bad.status == 422)
            #expect(bad.json["message"]?.string?.contains("did you mean advance?") == true)
        }
    }
}
