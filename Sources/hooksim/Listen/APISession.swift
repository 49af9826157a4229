import Webhooks

/// The simulated API, called as one client with a token of its own.
struct APISession: Sendable {
    private let client: ControlClient
    private let token: String

    init(_ client: ControlClient, clientID: String, clientSecret: String) async throws {
        let answer = try await client.post(
            "/oauth/token",
            [
                "grant_type": "client_credentials", "client_id": .string(clientID),
                "client_secret": .string(clientSecret),
            ])
        self.client = client
        token = answer["access_token"]?.string ?? ""
    }

    /// Returns the subscription's id.
    func subscribe(_ topic: Topic, to url: String, secretKey: String?) async throws -> String {
        var body = JSONObject([("endpoint_url", .string(url)), ("topic", .string(topic.rawValue))])
        if let secretKey { body["secret_key"] = .string(secretKey) }
        return try await client.post("/webhooks", .object(body), token: token)["id"]?.string ?? ""
    }

    func unsubscribe(_ id: String) async throws { try await client.delete("/webhooks/\(id)", token: token) }
}
