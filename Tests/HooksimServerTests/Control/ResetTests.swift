import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct ResetTests {
    @Test func `a reset leaves nothing but the partner and the settings of the start`() async throws {
        let receiver = try await Receiver()
        var settings = Settings()
        settings.retrySchedule = [.zero, .seconds(7)]
        try await withSimulator({ $0.settings = settings }) { client in
            let token = try await client.token()
            let other = try await client.partner()
            try await client.subscribe(to: receiver.url, token: token)
            try await client.subscribe(to: receiver.url, token: other.token)
            try await client.trigger(count: 3)
            try await client.expect("events", ["status": "delivered"], count: 3)
            try await client.settings(["retry_schedule": ["1m"], "rate_limit": 3])
            #expect(try await client.send(.post, "/__admin/reset").status == 200)

            for rows in ["events", "attempts", "requests"] { try await client.expect(rows, [:], count: 0) }
            for dead in [token, other.token] {
                #expect(try await client.send(.get, "/webhooks", token: dead).status == 401)
            }
            let partners = try await client.send(.get, "/__admin/partners").json["data"]?.array
            #expect(partners?.map { $0["client_id"] } == ["sandbox"])
            let current = try await client.send(.get, "/__admin/settings")
            #expect(current.json["retry_schedule"] == ["0s", "7s"])
            #expect(current.json["rate_limit"] == .null)
            let fresh = try await client.token()
            #expect(try await client.send(.get, "/webhooks", token: fresh).json["data"] == [])
        }
        try await receiver.stop()
    }

    @Test func `the same requests after a reset draw the same ids, but no token comes again`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            var runs: [[String]] = []
            var tokens: [String] = []
            for _ in 0..<3 {
                #expect(try await client.send(.post, "/__admin/reset").status == 200)
                try await client.settings(["retry_schedule": ["1h"]])
                let token = try await client.token()
                let id = try await client.subscribe(to: "https://a.example", token: token)
                let partner = try await client.partner()
                let events = try await client.send(
                    .post, "/__admin/events", json: ["topic": "invoice_paid", "count": 3])
                runs.append([id, partner.clientID, events.text])
                tokens += [token, partner.token]
            }
            #expect(Set(tokens).count == tokens.count)
            #expect(runs[1] == runs[0])
            #expect(runs[2] == runs[0])
        }
    }

    @Test func `one partner's reset takes nothing from another`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let token = try await client.token()
            let other = try await client.partner()
            for bearer in [token, other.token] { try await client.subscribe(to: receiver.url, token: bearer) }
            try await client.trigger(count: 2)
            try await client.trigger(count: 3, clientID: other.clientID)
            try await client.expect("events", ["status": "delivered"], count: 5)
            let response = try await client.send(
                .post, "/__admin/reset", json: ["client_id": .string(other.clientID)])
            #expect(response.status == 200)
            for rows in ["events", "attempts"] {
                try await client.expect(rows, ["client_id": .string(other.clientID)], count: 0)
                try await client.expect(rows, ["client_id": "sandbox"], count: 2)
            }
            try await client.expect("requests", ["client_id": .string(other.clientID)], count: 0)
            #expect(try await client.send(.get, "/webhooks", token: other.token).status == 401)
            #expect(try await client.send(.get, "/webhooks", token: token).json["data"]?.array?.count == 1)
            // The partner itself remains.
            let partners = try await client.send(.get, "/__admin/partners").json["data"]?.array
            #expect(partners?.count == 2)
        }
        try await receiver.stop()
    }

    @Test func `what is under way when everything is emptied is not recorded afterwards`() async throws {
        let receiver = try await Receiver { _, index in index < 4 ? .hold : .status(200) }
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.trigger(count: 4)
            await receiver.wait(untilReceived: 4)
            #expect(try await client.send(.post, "/__admin/reset").status == 200)
            try await client.subscribe(to: receiver.url, token: try await client.token())
            receiver.release()
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["id": .string(id), "status": "delivered", "attempts": 1], count: 1)
            try await client.expect("attempts", [:], count: 1)
        }
        try await receiver.stop()
    }

    @Test(arguments: [
        (#"{"client_id": "unknown"}"#, 404), (#"{"client_id": 1}"#, 422), (#"{"all": true}"#, 422), ("[]", 400),
    ])
    func `a wrong reset empties nothing`(body: String, status: Int) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.send(
                .post, "/__admin/reset", headers: [("Content-Type", "application/json")], body: Array(body.utf8))
            #expect(response.status == status)
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
        }
    }
}
