import StrictJSON
import Testing

@testable import HooksimServer

@Suite struct ExpectTests {
    private func expect(_ client: TestClient, _ body: JSON) async throws -> TestResponse {
        try await client.send(.post, "/__admin/expect", json: body)
    }

    @Test func `it wakes when what it waits for happens`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            for (rows, condition) in [
                ("events", ["topic": "invoice_paid"]), ("requests", ["path": "/webhooks/events", "status": 200]),
            ] as [(String, JSON)] {
                async let waiting = expect(
                    client, ["of": .string(rows), "where": condition, "count": 1, "timeout_ms": 60_000])
                if rows == "events" {
                    try await client.trigger()
                } else {
                    _ = try await client.send(.get, "/webhooks/events", token: token)
                }
                let response = try await waiting
                #expect(response.status == 200)
                #expect(response.json == ["met": true, "count": 1])
            }
        }
    }

    @Test(
        arguments: [
            ("count", 3, 200), ("count", 2, 409), ("count", 4, 409), ("at_least", 3, 200), ("at_least", 2, 200),
            ("at_least", 4, 409), ("at_most", 3, 200), ("at_most", 4, 200), ("at_most", 2, 409), ("at_least", 0, 200),
        ])
    func `a count is exact, at_least and at_most are bounds`(bound: String, number: Int, status: Int) async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            try await client.trigger(count: 3)
            let response = try await expect(
                client, .object(JSONObject([("of", "events"), (bound, .number(number)), ("timeout_ms", 0)])))
            #expect(response.status == status)
            #expect(response.json["met"] == .bool(status == 200))
            #expect(response.json["count"] == 3)
        }
    }

    @Test func `when it is not met the closest rows are shown, the best first`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            try await client.subscribe("payout_paid", to: "https://a.example", token: token)
            try await client.trigger("payout_paid", count: 8)
            let body: JSON = ["topic": "invoice_paid", "entity_id": "inv-1"]
            #expect(try await client.send(.post, "/__admin/events", json: body).status == 201)
            let response = try await expect(
                client,
                [
                    "of": "events", "where": ["topic": "invoice_paid", "entity_id": "inv-1", "status": "delivered"],
                    "count": 1, "timeout_ms": 1,
                ])
            #expect(response.status == 409)
            #expect(response.json["met"] == false)
            #expect(response.json["count"] == 0)
            let condition = #"{"topic":"invoice_paid","entity_id":"inv-1","status":"delivered"}"#
            #expect(response.json["message"] == .string("expected exactly 1 events where \(condition), found 0"))
            let closest = try #require(response.json["closest"]?.array)
            #expect(closest.count == 5)
            #expect(closest.first?["entity_id"] == "inv-1")
            #expect(closest.first?["status"] == "pending")
            #expect(closest.dropFirst().allSatisfy { $0["topic"] == "payout_paid" })
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a client that departs ends its expectation, and frees its connection`() async throws {
        try await withSimulator {
            $0.limits.connections = 2
        } _: { client in
            let body = #"{"of": "events", "count": 1, "timeout": "10m"}"#
            for _ in 1...6 {
                let socket = try await RawSocket(to: client.url)
                try await socket.send(
                    [
                        "POST /__admin/expect HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
                        "Content-Length: \(body.utf8.count)",
                    ], body)
                socket.close()
            }
            let request = "GET /__admin/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            #expect(try await RawResponse(request, to: client.url).text.hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func `without rows nothing is close`() async throws {
        try await withSimulator { client in
            for rows in ["events", "attempts", "requests"] {
                let response = try await expect(client, ["of": .string(rows), "at_least": 1, "timeout_ms": 0])
                let message = JSON.string("expected at least 1 \(rows), found 0")
                #expect(response.json == ["met": false, "count": 0, "message": message, "closest": []])
            }
        }
    }

    @Test func `conditions reach into the payload`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            let data: JSON = [
                "invoice_id": "inv-1", "total": .number("12.50"), "paid": true, "memo": .null,
                "customer": ["name": "Ada"],
            ]
            _ = try await client.send(.post, "/__admin/events", json: ["topic": "invoice_paid", "data": data])
            try await client.trigger()
            for (condition, count) in [
                (["payload.data.invoice_id": "inv-1"], 1), (["payload.data.invoice_id": "inv-2"], 0),
                (["payload.data.total": .number("12.5")], 1), (["payload.data.total": 12], 0),
                (["payload.data.paid": true], 1), (["payload.data.paid": false], 0),
                (["payload.data.customer.name": "Ada"], 1), (["payload.topic": "invoice_paid"], 2),
                (["payload.data.customer.name": .null], 1),
                (["payload.data.invoice_id": "inv-1", "status": "pending"], 1),
                (["payload.data.invoice_id": "inv-1", "status": "failed"], 0),
            ] as [(JSON, Int)] {
                try await client.expect("events", condition, count: count, timeout: 0)
            }
        }
    }

    @Test func `a timeout is a duration or milliseconds`() async throws {
        try await withSimulator { client in
            for (name, value) in [("timeout", "0s"), ("timeout_ms", 0), ("timeout", "1ms")] as [(String, JSON)] {
                let body: JSON = .object(JSONObject([("of", "events"), ("count", 1), (name, value)]))
                let response = try await expect(client, body)
                #expect(response.status == 409 && response.json["count"] == 0, "\(response.text)")
            }
        }
    }

    @Test(
        arguments: [
            (#"{}"#, ["of"]), (#"{"of": "event", "count": 1}"#, ["of"]), (#"{"of": "events"}"#, ["count"]),
            (#"{"of": "events", "count": 1, "at_least": 1}"#, ["count"]),
            (
                #"{"of": "events", "count": -1, "timeout_ms": 600001, "nonsense": 1}"#,
                ["count", "timeout_ms", "nonsense"]
            ),
            (#"{"of": "events", "count": 1, "timeout": "soon"}"#, ["timeout"]),
            (#"{"of": "events", "count": 1, "timeout": 5}"#, ["timeout"]),
            (#"{"of": "events", "count": 1, "timeout": "10m1ms"}"#, ["timeout"]),
            (#"{"of": "events", "count": 1, "timeout": "1s", "timeout_ms": 1000}"#, ["timeout"]),
            (#"{"of": "events", "count": 1, "where": []}"#, ["where"]),
            (
                #"{"of": "events", "count": 1, "where": {"colour": 1, "status": "done"}}"#,
                ["where.colour", "where.status"]
            ),
            (#"{"of": "events", "count": 1, "where": {"topic": 1, "id": "x"}}"#, ["where.topic", "where.id"]),
            (#"{"of": "events", "count": 1, "where": {"attempts": "1"}}"#, ["where.attempts"]),
            (#"{"of": "events", "count": 1, "where": {"payload.data": {}}}"#, ["where.payload.data"]),
            (#"{"of": "events", "count": 1, "where": {"payload.": 1}}"#, ["where.payload."]),
            (#"{"of": "events", "count": 1, "where": {"payload.a[": 1}}"#, ["where.payload.a["]),
            (#"{"of": "events", "count": 1, "where": {"payload.a'--": 1}}"#, ["where.payload.a'--"]),
            (
                #"{"of": "attempts", "count": 1, "where": {"status": "failed", "outcome": "pending"}}"#,
                ["where.status", "where.outcome"]
            ),
            (#"{"of": "requests", "count": 1, "where": {"host": "a"}}"#, ["where.host"]),
        ] as [(String, [String])])
    func `what is wrong in a request is named`(body: String, fields: [String]) async throws {
        try await withSimulator { client in
            let response = try await expect(client, try JSON(parsing: Array(body.utf8)))
            #expect(response.status == 422, "\(response.text)")
            #expect(response.wrongFields == Set(fields))
        }
    }
}
