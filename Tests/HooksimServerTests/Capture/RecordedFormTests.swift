import HooksimScenarios
import HooksimServer
import StrictJSON
import Testing
import Webhooks

/// Tests that the inspector's forms are recorded as the operations that they perform.
@Suite(.timeLimit(.minutes(3))) struct RecordedFormTests {
    private func formToken(_ client: TestClient) async throws -> String {
        let text = try await client.send(.get, "/__admin/").text
        let start = try #require(text.firstRange(of: #"name="token" value=""#)).upperBound
        return String(text[start...].prefix { $0 != "\"" })
    }

    private func submit(_ client: TestClient, _ action: String, _ fields: [(String, String)]) async throws {
        let body = fields.map { "\($0.0)=\(FormFields.encode($0.1))" }.joined(separator: "&")
        let response = try await client.sendWithoutFollowing(
            .post, "/__admin/inspector/\(action)", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(body.utf8))
        #expect(response.status == 303, "\(action): \(response.text)")
    }

    private func scenario(_ client: TestClient) async throws -> (text: String, actions: [any ScenarioAction]) {
        let text = try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
        return (text, try ScenarioFile.parse(text, from: .file).steps.map(\.action))
    }

    @Test func `each form is recorded as its operation, without the form's token`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: receiver.url, token: client.token())
            let token = try await formToken(client)
            let sent = { (action: String, fields: [(String, String)]) in
                try await submit(client, action, [("token", token)] + fields)
            }
            try await sent("trigger", [("topic", "invoice_paid"), ("entity_id", "in_1"), ("data", #"{"a":"${b}"}"#)])
            try await client.expect("events", ["status": "failed"], count: 1)
            try await sent("retry", [("client_id", "sandbox")])
            try await client.expect("attempts", [:], count: 2)
            let id = try #require(
                try await client.send(.get, "/__admin/events").json["data"]?.array?.first?["id"]?.string)
            try await client.expect("events", ["status": "failed"], count: 1)
            try await sent("resend", [("id", id)])
            try await client.expect("attempts", [:], count: 3)
            try await sent("clock", [("do", "advance"), ("by", "90s")])
            try await sent("faults/add", [("rule", #"{"target":"api","effect":{"status":503}}"#)])
            let rule = try await client.send(.get, "/__admin/faults").json["data"]?.array?.first?["id"]?.string ?? ""
            try await sent("faults/remove", [("id", rule)])
            try await sent("faults/add", [("preset", "flaky")])
            try await sent("faults/clear", [])

            let (text, actions) = try await scenario(client)
            #expect(!text.contains(token) && !text.contains("inspector"), "\(text)")
            let titles = actions.map { action -> String in
                switch action {
                case let trigger as TriggerStep:
                    "trigger \(trigger.body["entity_id"]?.string ?? "") \(trigger.body["data"] ?? .null)"
                default: action.title
                }
            }
            #expect(
                Array(titles.prefix(9)) == [
                    "subscribe invoice_paid to receiver_1", #"trigger in_1 {"a":"$${b}"}"#, "retry",
                    "request POST /__admin/events/${event_1}/resend",
                    "advance 2025-01-15T12:01:30.000Z", "request POST /__admin/faults",
                    "request DELETE /__admin/faults/${fault_1}",
                    "fault flaky", "clear faults",
                ], "\(titles)\n\(text)")
            #expect(receiver.url.hasPrefix("http"))
            // The forms are no requests to the simulated API, so they are not in the request log.
            let log = try await client.send(.get, "/__admin/requests").text
            #expect(!log.contains("retry") && !log.contains(token), "\(log)")
        }
    }

    @Test func `what a browser asks for, and how it logs in, is in no list`() async throws {
        try await withSimulator {
            $0.adminToken = "a token of the control API"
        } _: { client in
            let admin = "a token of the control API"
            let form = [("Content-Type", "application/x-www-form-urlencoded")]
            for body in ["admin_token=wrong-guess", "admin_token=\(FormFields.encode(admin))"] {
                _ = try await client.sendWithoutFollowing(
                    .post, "/__admin/inspector/login", headers: form, body: Array(body.utf8))
            }
            #expect(try await client.send(.get, "/favicon.ico").status == 404)
            _ = try await client.send(.get, "/__admin/", token: admin)
            _ = try await client.send(.get, "/webhooks", token: admin)
            _ = try await client.send(.get, "/webhooks?x=\(FormFields.encode(admin))&token=\(FormFields.encode(admin))")
            for path in ["/__admin/requests", "/__admin/recording"] {
                let text = try await client.send(.get, path, token: admin).text
                #expect(text.contains("/webhooks"), "\(text)")
                for word in ["favicon", "login", "admin_token", "wrong-guess", "token of the control"] {
                    #expect(!text.contains(word), "\(path): \(text)")
                }
            }
        }
    }

    @Test func `a scenario that runs inside leaves nothing in the lists`() async throws {
        try await withSimulator { client in
            _ = try await client.send(.get, "/webhooks?limit=3", token: client.token())
            let before = try await client.send(.get, "/__admin/recording").json["scenario"]?.string ?? ""
            let steps: JSON = [
                ["subscribe": ["topic": "invoice_paid", "to": "shop"]], ["trigger": ["topic": "invoice_paid"]],
                ["advance": "5m"], ["settings": ["retry_jitter": .number("0.5")]], ["fault": "flaky"],
                ["clear_faults": [:]],
                ["request": ["path": "/webhooks?limit=4", "auth": false, "status": 401]],
                ["expect": ["of": "requests", "where": ["query": "limit=4", "client_id": .null], "count": 1]],
            ]
            let scenario: JSON = ["receivers": ["shop": ["respond": 200]], "steps": steps]
            let report = try await client.send(.post, "/__admin/scenarios", json: scenario)
            #expect(report.json["passed"] == true, "\(report.text)")
            let rows = try await client.send(.get, "/__admin/requests").json["data"]?.array ?? []
            #expect(rows.map { $0["query"]?.string } == ["", "limit=3"], "\(rows)")
            let after = try await client.send(.get, "/__admin/recording").json["scenario"]?.string ?? ""
            let actions = { (text: String) in try ScenarioFile.parse(text, from: .file).steps.count }
            #expect(try actions(after) == actions(before), "\(after)")
        }
    }
}
