import HooksimServer
import StrictJSON
import Testing

@Suite struct PartnerTests {
    @Test func `a new partner has credentials of its own`() async throws {
        try await withSimulator { client in
            let response = try await client.send(.post, "/__admin/partners", json: [:])
            #expect(response.status == 201)
            #expect(
                response.json.object?.members.map(\.name) == ["partner_id", "client_id", "client_secret", "scopes"])
            #expect(response.json["scopes"] == ["webhooks:read", "webhooks:write"])
            let id = try #require(response.json["client_id"]?.string)
            let token = try await client.token(id, response.json["client_secret"]?.string ?? "")
            let subscription = try await client.send(
                .post, "/webhooks", token: token, json: ["endpoint_url": "https://a.example", "topic": "invoice_paid"])
            #expect(subscription.json["partner_id"] == response.json["partner_id"])
            let list = try await client.send(.get, "/__admin/partners")
            #expect(list.json["data"]?.array?.map { $0["client_id"] } == ["sandbox", .string(id)])
            #expect(!list.text.contains("secret"))
        }
    }

    @Test func `a partner may be given its credentials and scopes`() async throws {
        try await withSimulator { client in
            let body: JSON = ["client_id": "shop", "client_secret": "p:ss%20+word", "scopes": ["webhooks:read"]]
            #expect(try await client.send(.post, "/__admin/partners", json: body).status == 201)
            let token = try await client.token("shop", "p:ss%20+word")
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
            #expect(try await client.send(.post, "/webhooks/retry", token: token).status == 403)
            let again = try await client.send(.post, "/__admin/partners", json: body)
            #expect(again.status == 409)
            #expect(again.json["code"] == "conflict")
        }
    }

    @Test(
        arguments: [
            (#"{"client_id": ""}"#, ["client_id"]), (#"{"client_id": "a b"}"#, ["client_id"]),
            (#"{"client_id": "a:b"}"#, ["client_id"]),
            (#"{"client_id": 1, "client_secret": ""}"#, ["client_id", "client_secret"]),
            (#"{"client_secret": "é"}"#, ["client_secret"]), (#"{"scopes": []}"#, ["scopes"]),
            (#"{"scopes": ["webhooks:admin"]}"#, ["scopes"]), (#"{"scopes": "webhooks:read"}"#, ["scopes"]),
            (#"{"scopes": [1], "name": "x"}"#, ["scopes", "name"]),
        ] as [(String, [String])])
    func `what is wrong in a request is named`(body: String, fields: [String]) async throws {
        try await withSimulator { client in
            let response = try await client.send(.post, "/__admin/partners", json: try JSON(parsing: Array(body.utf8)))
            #expect(response.status == 422, "\(response.text)")
            #expect(response.wrongFields == Set(fields))
            #expect(try await client.send(.get, "/__admin/partners").json["data"]?.array?.count == 1)
        }
    }

    @Test func `a removed partner takes all its rows and tokens along, and no other partner's`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let token = try await client.token()
            let other = try await client.partner()
            for bearer in [token, other.token] { try await client.subscribe(to: receiver.url, token: bearer) }
            try await client.trigger(count: 2)
            try await client.trigger(count: 2, clientID: other.clientID)
            try await client.expect("events", ["status": "delivered"], count: 4)
            let partners = try await client.send(.get, "/__admin/partners").json["data"]?.array ?? []
            let id = partners.first { $0["client_id"] == .string(other.clientID) }?["partner_id"]?.string ?? ""
            #expect(try await client.send(.delete, "/__admin/partners/\(id)").status == 200)
            #expect(try await client.send(.delete, "/__admin/partners/\(id)").status == 404)
            try await client.expect("events", [:], count: 2)
            try await client.expect("attempts", [:], count: 2)
            #expect(try await client.send(.get, "/webhooks", token: other.token).status == 401)
            let credentials: JSON = [
                "grant_type": "client_credentials", "client_id": .string(other.clientID), "client_secret": "x",
            ]
            #expect(try await client.send(.post, "/oauth/token", json: credentials).status == 403)
            #expect(try await client.send(.get, "/webhooks", token: token).json["data"]?.array?.count == 1)
        }
        try await receiver.stop()
    }

    @Test func `the partner of the start stays`() async throws {
        try await withSimulator { client in
            let partners = try await client.send(.get, "/__admin/partners").json["data"]?.array ?? []
            let id = partners.first?["partner_id"]?.string ?? ""
            #expect(try await client.send(.delete, "/__admin/partners/\(id)").status == 409)
            #expect(try await client.send(.delete, "/__admin/partners/nonsense").status == 400)
            #expect(try await client.token().count == 56)
        }
    }
}
