import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct TokenTests {
    @Test func `a token has the documented form and is not to be stored`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/oauth/token",
                headers: [
                    ("Authorization", "Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA=="),
                    ("Content-Type", "application/x-www-form-urlencoded"),
                ],
                body: Array("grant_type=client_credentials".utf8))
            #expect(response.status == 200)
            #expect(response.json["access_token"]?.string?.count == 56)
            #expect(response.json["token_type"] == "bearer")
            #expect(response.json["expires_in"] == 3600)
            #expect(response.json["scope"] == nil)
            #expect(response.header("Cache-Control") == "no-store")
            #expect(response.header("Pragma") == "no-cache")
        }
    }

    @Test func `a scope that was asked for is echoed`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/oauth/token",
                json: [
                    "grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox-secret",
                    "scope": "webhooks:read",
                ])
            #expect(response.json["scope"] == "webhooks:read")
        }
    }

    @Test(
        arguments: [
            ("sandbox", "wrong", nil, 403, "invalid_client"), ("unknown", "sandbox-secret", nil, 403, "invalid_client"),
            ("sandbox", "sandbox-secret", "webhooks:admin", 400, "invalid_scope"),
        ] as [(String, String, String?, Int, String)])
    func `a refused token carries the error that client libraries look for`(
        id: String, secret: String, scope: String?, status: Int, error: String
    ) async throws {
        try await withSimulator { client in
            var body = JSONObject([
                ("grant_type", "client_credentials"), ("client_id", .string(id)), ("client_secret", .string(secret)),
            ])
            if let scope { body["scope"] = .string(scope) }
            let response = try await client.send(.post, "/oauth/token", json: .object(body))
            #expect(response.status == status)
            #expect(response.json["error"] == .string(error))
            for field in ["error_description", "code", "message"] { #expect(response.json[field]?.string != nil) }
        }
    }

    @Test func `a token expires by the simulated clock's lifetime setting`() async throws {
        try await withSimulator { client in
            try await client.settings(["token_ttl": "1ms"])
            let token = try await client.token()
            try await client.expect("requests", ["path": "/oauth/token"], count: 1)
            let response = try await client.send(.get, "/webhooks", token: token)
            #expect(response.status == 401)
            #expect(response.header("WWW-Authenticate")?.contains(#"error="invalid_token""#) == true)
        }
    }
}

@Suite struct AuthenticationTests {
    @Test func `without a token the challenge carries no error`() async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/webhooks")
            #expect(response.status == 401)
            #expect(response.header("WWW-Authenticate") == #"Bearer realm="webhooks""#)
            #expect(response.json["code"] == "unauthorized")
        }
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func `the scheme may be in any case`(scheme: String) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            #expect(
                try await client.send(.get, "/webhooks", headers: [("Authorization", "\(scheme) \(token)")]).status
                    == 200)
        }
    }

    @Test(arguments: ["Bearer nonsense", "Bearer 00000000000000000000000000000000000000000000000000000000"])
    func `an unknown token is invalid`(header: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/webhooks", headers: [("Authorization", header)])
            #expect(response.status == 401)
            #expect(response.header("WWW-Authenticate")?.contains(#"error="invalid_token""#) == true)
        }
    }

    @Test func `each endpoint needs its scope`() async throws {
        try await withSimulator { client in
            let reader = try await client.token(scope: "webhooks:read")
            let writer = try await client.token(scope: "webhooks:write")
            let id = "0211a5c1-5400-4461-b1c6-f97f4bc8b9c7"
            for path in ["/webhooks", "/webhooks/events"] {
                #expect(try await client.send(.get, path, token: reader).status == 200)
                let refused = try await client.send(.get, path, token: writer)
                #expect(refused.status == 403)
                #expect(refused.header("WWW-Authenticate")?.contains(#"error="insufficient_scope""#) == true)
            }
            #expect(try await client.send(.post, "/webhooks", token: reader, json: [:]).status == 403)
            #expect(try await client.send(.delete, "/webhooks/\(id)", token: reader).status == 403)
            #expect(try await client.send(.post, "/webhooks/retry", token: reader).status == 403)
            #expect(try await client.send(.post, "/webhooks/retry", token: writer).status == 200)
        }
    }

    @Test func `the sixth request within a second is limited in the faithful profile`() async throws {
        try await withSimulator({
            $0.profile = .faithful
            $0.frozenAtMilliseconds = 1_736_942_400_000
        }) { client in
            let token = try await client.token()
            for _ in 0..<5 { #expect(try await client.send(.get, "/webhooks", token: token).status == 200) }
            let limited = try await client.send(.get, "/webhooks", token: token)
            #expect(limited.status == 429)
            #expect(limited.header("Retry-After") == "1")
            #expect(limited.json["code"] == "too_many_requests")
            let message = limited.json["message"]?.string ?? ""
            #expect(message.contains("the clock is frozen") && message.contains("hooksim clock advance 1s"))
            _ = try await client.advance(["by": "1s"])
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
            let other = try await client.partner()
            #expect(try await client.send(.get, "/webhooks", token: other.token).status == 200)
        }
    }
}
