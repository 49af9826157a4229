import Crypto
import StrictJSON
import Webhooks
@testable import HooksimServer
import Testing

/// Tests that the control API trusts programs of this machine, but not requests from web pages in its browsers.
@Suite struct ControlGuardTests {
    private func clock(_ client: TestClient, host: String, origin: String? = nil) async throws -> TestResponse {
        var lines = ["GET /__admin/clock HTTP/1.1", "Host: \(host)"]
        if let origin { lines.append("Origin: \(origin)") }
        return try await client.raw(lines)
    }

    @Test(
        arguments: [
            ("127.0.0.1", 200), ("127.0.0.1:8080", 200), ("localhost", 200), ("LOCALHOST:1", 200), ("[::1]:8080", 200),
            ("127.1", 200), ("rebind.example", 403), ("rebind.example:8080", 403), ("127.0.0.1.rebind.example", 403),
            ("localhost.rebind.example", 403), ("192.168.0.1", 403), ("169.254.169.254", 403), ("[fe80::1]", 403),
            ("xn--localhost", 403), ("hooksim.local", 403), ("", 403),
        ])
    func `it accepts only a loopback host`(host: String, status: Int) async throws {
        try await withSimulator { client in
            let response = try await clock(client, host: host)
            #expect(response.status == status, "\(response.text)")
            if status == 403 { #expect(response.json["code"] == "forbidden") }
        }
    }

    @Test(arguments: ["10.1.2.3:8080", "hooksim.team.svc", "localhost", ""])
    func `a health probe gets a response whatever host it names, without a token`(host: String) async throws {
        try await withSimulator({ $0.adminToken = "let-me-in-4242" }) { client in
            for method in ["GET", "HEAD"] {
                let response = try await client.raw(["\(method) /__admin/health HTTP/1.1", "Host: \(host)"])
                #expect(response.status == 200, "\(response.text)")
            }
            for line in [
                "POST /__admin/health HTTP/1.1", "GET /__admin/health/ HTTP/1.1", "GET /__admin/clock HTTP/1.1",
            ] {
                let response = try await client.raw([line, "Host: \(host)"])
                #expect(response.status == (host == "localhost" ? 401 : 403), "\(line): \(response.text)")
            }
        }
    }

    @Test func `the simulated API accepts any host`() async throws {
        try await withSimulator { client in
            let response = try await client.raw(["GET /webhooks HTTP/1.1", "Host: api.example.com"])
            #expect(response.status == 401)
        }
    }

    @Test(arguments: [("hooksim.local", 200), ("HookSim.Local:8080", 200), ("other.local", 403), ("localhost", 200)])
    func `other hosts can be allowed`(host: String, status: Int) async throws {
        try await withSimulator({ $0.allowedHosts = ["Hooksim.local"] }) { client in
            let response = try await clock(client, host: host)
            #expect(response.status == status)
        }
    }

    @Test(
        arguments: [
            ("http://127.0.0.1:8080", 200), ("https://127.0.0.1:8080", 200), ("null", 403),
            ("http://evil.example", 403),
            ("http://127.0.0.1:8081", 403), ("http://127.0.0.1", 403), ("http://localhost:8080", 403),
            ("http://127.0.0.1:8080.evil.example", 403), ("", 403),
        ])
    func `it accepts only requests from pages of its own origin`(origin: String, status: Int) async throws {
        try await withSimulator { client in
            let response = try await clock(client, host: "127.0.0.1:8080", origin: origin)
            #expect(response.status == status)
            #expect(response.header("Access-Control-Allow-Origin") == nil)
        }
    }

    @Test(
        arguments: [
            ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415),
            ("", 415), ("application/json", 200), ("application/json;charset=utf-8", 200),
        ])
    func `it takes writes as JSON only`(type: String, status: Int) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.send(
                .post, "/__admin/reset", headers: [("Content-Type", type)], body: Array("{}".utf8))
            #expect(response.status == status)
            // A refused request has changed nothing.
            let isTokenAlive = try await client.send(.get, "/webhooks", token: token).status == 200
            #expect(isTokenAlive == (status != 200))
        }
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    func `a form of another site is refused also where the body is not read`(type: String) async throws {
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            let id = try await client.trigger()[0]
            try await client.expect("events", ["status": "failed"], count: 1)
            let response = try await client.send(
                .post, "/__admin/events/\(id)/resend", headers: [("Content-Type", type)], body: Array("a=b".utf8))
            #expect(response.status == 415)
            #expect(try await client.event(id)["status"] == "failed")
        }
    }

    @Test func `a body without a type is refused, no body needs none`() async throws {
        try await withSimulator { client in
            let untyped = try await client.raw(
                ["POST /__admin/reset HTTP/1.1", "Host: 127.0.0.1", "Content-Length: 2"], body: Array("{}".utf8))
            #expect(untyped.status == 415)
            #expect(try await client.send(.post, "/__admin/reset").status == 200)
        }
    }

    @Test func `a preflight gets no permission`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .options, "/__admin/reset",
                headers: [("Origin", "http://evil.example"), ("Access-Control-Request-Method", "POST")])
            #expect(response.status == 403)
            #expect(response.header("Access-Control-Allow-Origin") == nil)
            #expect(response.header("Access-Control-Allow-Methods") == nil)
        }
    }

    @Test(
        arguments: [
            (nil, 401), ("Bearer wrong", 401), ("Bearer", 401), ("Basic bGV0LW1lLWlu", 401), ("let-me-in", 401),
            ("Bearer let-me-in", 200), ("bearer let-me-in", 200),
        ] as [(String?, Int)])
    func `the admin token is required for every request`(authorization: String?, status: Int) async throws {
        try await withSimulator({ $0.adminToken = "let-me-in" }) { client in
            for path in ["/__admin/clock", "/__admin/partners", "/__admin/openapi.json", "/__admin/requests"] {
                let response = try await client.send(
                    .get, path, headers: authorization.map { [("Authorization", $0)] } ?? [])
                #expect(response.status == status, "\(path)")
                if status == 401 { #expect(response.header("WWW-Authenticate")?.hasPrefix("Bearer") == true) }
            }
            // The simulated API has its own tokens and does not need the admin token.
            #expect(try await client.token().count == 56)
        }
    }

    @Test func `an address that guesses the admin token too often has to wait, also when it is right at last`()
        async throws
    {
        try await withSimulator {
            $0.adminToken = "let-me-in"
        } _: { client in
            let ask = { (token: String) in
                try await client.send(.get, "/__admin/clock", token: token)
            }
            for guess in 0..<LoginLimiter.guesses {
                let response = try await ask("guess-\(guess)")
                #expect(response.status == 401)
            }
            for token in ["guess", "let-me-in"] {
                let response = try await ask(token)
                #expect(response.status == 429)
                #expect(response.header("Retry-After").flatMap(Int.init).map { (1...61).contains($0) } == true)
            }
        }
    }

    @Test func `who sends no admin token has not guessed`() async throws {
        try await withSimulator {
            $0.adminToken = "let-me-in"
        } _: { client in
            for _ in 0...LoginLimiter.guesses {
                let response = try await client.send(.get, "/__admin/clock")
                #expect(response.status == 401)
            }
            let response = try await client.send(.get, "/__admin/clock", token: "let-me-in")
            #expect(response.status == 200)
        }
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.0.1", "example.com", ""])
    func `off loopback there must be an admin token`(host: String) async throws {
        var options = SimulatorOptions()
        options.host = host
        let error = await #expect(throws: SimulatorError.self) { try await Simulator.start(options) }
        #expect(error?.description.contains("admin token") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [("0.0.0.0", "http://127.0.0.1:"), ("::", "http://[::1]:"), ("127.0.0.2", "http://127.0.0.2:")])
    func `the URL of a simulator works from this machine whatever it is bound to`(host: String, url: String)
        async throws
    {
        try await withSimulator {
            $0.host = host
            $0.adminToken = "let-me-in"
        } _: { client in
            #expect(client.url.hasPrefix(url))
            let response = try await client.send(.get, "/__admin/clock", token: "let-me-in")
            #expect(response.status == 200)
        }
    }

    @Test func `the control API accepts the host that it is bound to`() {
        var options = SimulatorOptions()
        options.allowedHosts = ["hooksim.local"]
        for (host, trusted) in [
            ("192.0.2.7", ["hooksim.local", "192.0.2.7"]), ("sim.lan", ["hooksim.local", "sim.lan"]),
            ("0.0.0.0", ["hooksim.local"]), ("::", ["hooksim.local"]),
        ] {
            options.host = host
            #expect(options.controlHosts == trusted)
        }
    }

    @Test(arguments: ["//__admin/reset", "///__admin/reset", "/./__admin/reset", "/__admin//reset", "/%5F_admin/reset"])
    func `no other spelling of a path leads past the guard`(path: String) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.raw([
                "POST \(path) HTTP/1.1", "Host: rebind.example", "Origin: http://rebind.example",
                "Content-Type: text/plain", "Content-Length: 0",
            ])
            #expect([403, 404].contains(response.status), "\(response.text)")
            let list = try await client.send(.get, "/webhooks", token: token)
            #expect(list.status == 200, "it was reset")
        }
    }

    @Test(arguments: ["/__admin", "/__admin/", "/__admin/nonsense", "/__admin//health", "/__admin/health/"])
    func `unknown paths below it are guarded too`(path: String) async throws {
        try await withSimulator { client in
            let foreign = try await client.raw(["GET \(path) HTTP/1.1", "Host: rebind.example"])
            #expect(foreign.status == 403)
            let own = try await client.raw(["GET \(path) HTTP/1.1", "Host: localhost"])
            // `/__admin` itself is the inspector's page, if the inspector is enabled.
            if path != "/__admin", path != "/__admin/" { #expect(own.status == 404) }
        }
    }

    @Test func `tokens and secrets are kept as digests, whose comparison takes the same time wherever they differ`() {
        let secret = "let-me-in-4242"
        let partner = Partner(
            id: Identifier(high: 1, low: 1), clientID: "a", secretDigest: Partner.digest(ofSecret: secret),
            scopes: .read,
            createdAt: Timestamp(milliseconds: 0))
        for (holder, member) in [(AdminToken(secret) as Any, "digest"), (partner, "secretDigest")] {
            var shown = ""
            dump(holder, to: &shown)
            #expect(!shown.contains(secret))
            let kept = Mirror(reflecting: holder).children.first { $0.label == member }?.value
            #expect(kept is SHA256Digest, "\(shown)")
        }
    }
}
