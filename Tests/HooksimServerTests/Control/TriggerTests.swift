import HooksimServer
import StrictJSON
import Testing

@Suite struct TriggerTests {
    private func trigger(_ client: TestClient, _ body: JSON) async throws -> TestResponse {
        try await client.send(.post, "/__admin/events", json: body)
    }

    @Test(arguments: [(1, 201), (10_000, 201), (10_001, 422), (0, 422), (-1, 422)])
    func `one request creates up to ten thousand events`(count: Int, status: Int) async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            let response = try await trigger(client, ["topic": "invoice_paid", "count": .number(count)])
            #expect(response.status == status)
            if status == 422 { #expect(response.wrongFields == ["count"]) }
            try await client.expect("events", [:], count: status == 201 ? count : 0)
        }
    }

    @Test(
        arguments: [
            (#"{}"#, ["topic"]), (#"{"topic": "invoice"}"#, ["topic"]), (#"{"topic": 1}"#, ["topic"]),
            (#"{"topic": "invoice_paid", "count": "2", "data": [], "entity_id": 5}"#, ["count", "data", "entity_id"]),
            (#"{"topic": "invoice_paid", "entity_id": ""}"#, ["entity_id"]),
            (#"{"topic": "invoice_paid", "set": 1, "client_id": null}"#, ["set", "client_id"]),
            (#"{"topic": "invoice_paid", "count": 1.5, "nonsense": 1}"#, ["count", "nonsense"]),
        ] as [(String, [String])])
    func `what is wrong in a request is named`(body: String, fields: [String]) async throws {
        try await withSimulator { client in
            let response = try await trigger(client, try JSON(parsing: Array(body.utf8)))
            #expect(response.status == 422, "\(response.text)")
            #expect(response.wrongFields == Set(fields))
        }
    }

    @Test func `an unknown client has no events, and no subscription means none either`() async throws {
        try await withSimulator { client in
            #expect(try await trigger(client, ["topic": "invoice_paid", "client_id": "unknown"]).status == 404)
            let response = try await trigger(client, ["topic": "invoice_paid", "count": 5])
            #expect(response.status == 201)
            #expect(response.json == ["data": [], "matched_subscriptions": 0])
            try await client.expect("events", [:], count: 0)
        }
    }

    @Test func `each matching subscription gets each of the events`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            try await client.subscribe(to: "https://b.example", token: token)
            try await client.subscribe("payout_paid", to: "https://b.example", token: token)
            let response = try await trigger(client, ["topic": "invoice_paid", "count": 3])
            let events = response.json["data"]?.array ?? []
            #expect(response.json["matched_subscriptions"] == 2)
            #expect(Set(events.compactMap { $0["id"]?.string }).count == 6)
            // Each of the three objects has one event for both subscriptions.
            let entities = Dictionary(grouping: events) { $0["entity_id"]?.string ?? "" }
            #expect(entities.count == 3)
            #expect(entities.values.allSatisfy { Set($0.compactMap { $0["subscription_id"]?.string }).count == 2 })
        }
    }

    @Test func `data is sent as it was given, its digits and order kept`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            let data = #"{"zeta":12.50,"invoice_id":"inv-1","alpha":{"é":[1e3,-0.0,null]}}"#
            let response = try await client.send(
                .post, "/__admin/events", headers: [("Content-Type", "application/json")],
                body: Array(#"{"topic":"invoice_paid","data":\#(data)}"#.utf8))
            #expect(response.status == 201)
            #expect(response.text.contains(#""data":\#(data)"#), "\(response.text)")
            #expect(response.json["data"]?.array?.first?["entity_id"] == "inv-1")
        }
    }

    @Test func `values can be set in the sample by their paths`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            let response = try await trigger(
                client,
                [
                    "topic": "invoice_paid", "entity_id": "inv-7",
                    "set": [
                        "total": .number("99.50"), "line_items.0.amount": 1, "customer.name": "Ada", "memo": .null,
                    ],
                ])
            let event = try #require(response.json["data"]?.array?.first, "\(response.text)")
            let data = try #require(event["payload"]?["data"])
            #expect(event["entity_id"] == "inv-7")
            #expect(data["invoice_id"] == "inv-7")
            #expect(data["id"] == "inv-7")
            #expect(data["total"] == .number("99.50"))
            #expect(data["line_items"]?.array?.first?["amount"] == 1)
            #expect(data["line_items"]?.array?.first?["description"]?.string != nil)
            #expect(data["customer"] == ["name": "Ada"])
            #expect(data["memo"] == .null)
        }
    }

    @Test func `an event is shown with its payload and all its attempts`() async throws {
        let receiver = try await Receiver { _, index in .status(index == 0 ? 500 : 200, body: "response \(index)") }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s", "1ms"]])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "delivered"], count: 1)
            let event = try await client.event(id)
            #expect(event["attempt_count"] == 2)
            #expect(event["client_id"] == "sandbox")
            #expect(event["endpoint_url"] == .string(receiver.url))
            #expect(event["payload"]?.encoded == receiver.received.first?.body)
            let attempts = event["attempts"]?.array ?? []
            #expect(attempts.map { $0["status_code"] } == [500, 200])
            #expect(attempts.map { $0["outcome"] } == ["failed", "delivered"])
            #expect(attempts.map { $0["response"]?["body"] } == ["response 0", "response 1"])
            for (path, status) in [("0211a5c1-5400-4461-b1c6-f97f4bc8b9c7", 404), ("nonsense", 400)] {
                #expect(try await client.send(.get, "/__admin/events/\(path)").status == status)
            }
        }
        try await receiver.stop()
    }
}
