import AsyncHTTPClient
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct LoginTests {
    private static let token = "admin-token-1"

    private func withGuardedSimulator(_ body: (TestClient) async throws -> Void) async throws {
        try await withSimulator {
            $0.adminToken = Self.token
        } _: {
            try await body($0)
        }
    }

    private func login(_ client: TestClient, _ token: String, headers: [(String, String)] = []) async throws
        -> TestResponse
    {
        try await client.sendWithoutFollowing(
            .post, "/__admin/inspector/login",
            headers: [("Content-Type", "application/x-www-form-urlencoded")] + headers,
            body: Array("admin_token=\(FormFields.encode(token))".utf8))
    }

    /// Logs in and returns the header field with the cookie.
    private func cookie(_ client: TestClient) async throws -> (String, String) {
        let cookie = try #require(try await login(client, Self.token).header("Set-Cookie"))
        return ("Cookie", String(cookie.prefix { $0 != ";" }))
    }

    @Test(arguments: ["", "inspector/events", "inspector/live.js"])
    func `a browser without a session is led to the login page`(page: String) async throws {
        try await withGuardedSimulator { client in
            let response = try await client.sendWithoutFollowing(.get, "/__admin/\(page)")
            #expect(response.status == 303 && response.header("Location") == "/__admin/inspector/login")
            let form = try await client.send(.get, "/__admin/inspector/login")
            #expect(form.status == 200 && form.text.contains("name=\"admin_token\"") && !form.text.contains("<script"))
        }
    }

    @Test func `a subscriber to the live feed without a token learns what it lacks`() async throws {
        try await withGuardedSimulator { client in
            let response = try await client.sendWithoutFollowing(.get, "/__admin/stream")
            #expect(response.status == 401)
        }
    }

    @Test func `the token opens the pages, by a cookie that no script reads and no other site sends`() async throws {
        try await withGuardedSimulator { client in
            let response = try await login(client, Self.token)
            let cookie = try #require(response.header("Set-Cookie"))
            #expect(response.status == 303 && response.header("Location") == "/__admin/")
            for attribute in ["HttpOnly", "SameSite=Strict", "Path=/__admin"] { #expect(cookie.contains(attribute)) }
            #expect(!cookie.contains(Self.token))
            let own = try await self.cookie(client)
            #expect(try await client.send(.get, "/__admin/", headers: [own]).text.contains("Log out"))
        }
    }

    @Test func `the cookie opens nothing but the pages`() async throws {
        try await withGuardedSimulator { client in
            let cookie = try await cookie(client)
            #expect(try await client.send(.get, "/__admin/faults", headers: [cookie]).status == 401)
            let foreign = try await client.send(
                .get, "/__admin/", headers: [cookie, ("Origin", "https://evil.example")])
            #expect(foreign.status == 403)
            // A form needs the form token that only the pages contain, even if the request has the cookie.
            let form = ("Content-Type", "application/x-www-form-urlencoded")
            let reset = try await client.send(
                .post, "/__admin/inspector/reset", headers: [cookie, form], body: Array("token=guessed".utf8))
            #expect(reset.status == 403)
        }
    }

    @Test func `who logs out is out`() async throws {
        try await withGuardedSimulator { client in
            let cookie = try await cookie(client)
            let logout = try await client.sendWithoutFollowing(.post, "/__admin/inspector/logout", headers: [cookie])
            #expect(logout.status == 303)
            #expect(try await client.sendWithoutFollowing(.get, "/__admin/", headers: [cookie]).status == 303)
        }
    }

    @Test func `guessing ends after some tries, also with the right token`() async throws {
        try await withGuardedSimulator { client in
            for number in 1...LoginLimiter.guesses {
                #expect(try await login(client, "guess-\(number)").status == 403)
            }
            let late = try await login(client, Self.token)
            #expect(late.status == 429 && late.header("Set-Cookie") == nil)
            let seconds = try #require(late.header("Retry-After").flatMap { Int($0) })
            #expect((1...61).contains(seconds))
        }
    }

    @Test func `without an admin token there is nothing to log in to`() async throws {
        try await withSimulator { client in
            let (overview, login) = try await (
                client.send(.get, "/__admin/"), client.send(.get, "/__admin/inspector/login")
            )
            #expect(overview.status == 200 && login.status == 404)
        }
    }
}
