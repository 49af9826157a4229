import HooksimServer
import StrictJSON
import Testing

/// Tests that a request that begins before a removal and ends after it is not captured.
@Suite(.timeLimit(.minutes(3))) struct PastRequestTests {
    /// The removals that can happen while a request is in progress.
    enum Removal: String, CaseIterable {
        case everything, client, partner
    }

    private static let subscription = #"{"endpoint_url":"https://shop.example/hooks","topic":"invoice_paid"}"#

    /// A request whose client is known before its body is read, and one whose body names the client.
    enum Kind: CaseIterable {
        case subscription, token

        func lines(_ token: String) -> [String] {
            let json = "Content-Type: application/json"
            let lines = ["Host: localhost", json, "Expect: 100-continue"]
            return switch self {
            case .subscription: ["POST /webhooks HTTP/1.1", "Authorization: Bearer \(token)"] + lines
            case .token: ["POST /oauth/token HTTP/1.1"] + lines
            }
        }

        func body(_ clientID: String) -> String {
            switch self {
            case .subscription: #"{"endpoint_url":"https://shop.example/hooks","topic":"invoice_paid"}"#
            case .token:
                #"{"grant_type":"client_credentials","scope":"shop.example","client_id":"\#(clientID)","client_secret":"y"}"#
            }
        }
    }

    private func remove(_ removal: Removal, _ clientID: String, _ client: TestClient) async throws {
        let response: TestResponse
        switch removal {
        case .everything: response = try await client.send(.post, "/__admin/reset")
        case .client:
            response = try await client.send(.post, "/__admin/reset", json: ["client_id": .string(clientID)])
        case .partner:
            let partners = try await client.send(.get, "/__admin/partners").json["data"]?.array ?? []
            let id = try #require(partners.first { $0["client_id"]?.string == clientID }?["partner_id"]?.string)
            response = try await client.send(.delete, "/__admin/partners/\(id)")
        }
        #expect(response.status == 200, "\(response.text)")
    }

    @Test(arguments: Removal.allCases, Kind.allCases)
    func `a request that is half sent before a removal is in no list after it`(
        removal: Removal, kind: Kind
    ) async throws {
        try await withSimulator { client in
            let (clientID, token) = try await client.partner()
            let body = kind.body(clientID)
            let socket = try await RawSocket(to: client.url)
            try await socket.send(kind.lines(token) + ["Content-Length: \(body.utf8.count)"])
            // The interim response shows that the request is in progress.
            #expect(try await socket.response().status == 100)
            try await remove(removal, clientID, client)
            try await socket.send(body)
            #expect(try await socket.response().status >= 200)
            socket.close()
            // A request is captured before its response is sent.
            let log = try await client.send(.get, "/__admin/requests").json["data"]?.array ?? []
            // The client had requested a token before the removal.
            let rest = removal == .everything ? [] : log.filter { $0["client"]?.string != clientID }
            #expect(log.count == rest.count && !rest.contains { $0["status"] != 200 }, "\(log)")
            for query in removal == .client ? ["?client_id=\(clientID)", ""] : [""] {
                let recording = try await client.send(.get, "/__admin/recording\(query)").text
                #expect(!recording.contains("shop.example"), "\(recording)")
            }
            // Later requests are captured.
            _ = try await client.send(.get, "/webhooks?limit=7", token: client.token())
            #expect(try await client.send(.get, "/__admin/requests").text.contains("limit=7"))
            #expect(try await client.send(.get, "/__admin/recording").text.contains("limit=7"))
        }
    }

    @Test func `a reset that can't be written keeps what waits to be recorded`() async throws {
        try await withSimulator { client in
            _ = try await client.send(.get, "/webhooks?limit=3", token: client.token())
            let refused = try await client.send(.post, "/__admin/reset", json: ["client_id": "unknown"])
            #expect(refused.status == 404)
            #expect(try await client.send(.get, "/__admin/recording").text.contains("limit=3"))
        }
    }
}
