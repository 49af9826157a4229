import HooksimServer
import StrictJSON
import Testing

@Suite struct RoutingTests {
    /// Returns the paths of the served document with their methods, with a UUID instead of each parameter.
    private func paths(_ client: TestClient) async throws -> [(path: String, methods: Set<String>)] {
        let document = try await client.send(.get, "/__admin/openapi.json").json
        return try #require(document["paths"]?.object).members.map { path, item in
            let methods = item.object?.members.map { $0.name.uppercased() } ?? []
            let filled = path.split(separator: "/").map { part in
                part.hasPrefix("{") ? "0211a5c1-5400-4461-b1c6-f97f4bc8b9c7" : part
            }
            let known = Set(methods).intersection(Method.allCases.map(\.rawValue))
            return ("/" + filled.joined(separator: "/"), known.contains("GET") ? known.union(["HEAD"]) : known)
        }
    }

    @Test func `any other method on a known path is 405 and names those that are allowed`() async throws {
        try await withSimulator { client in
            let paths = try await paths(client)
            #expect(paths.count > 10)
            for (path, methods) in paths {
                for method in Method.allCases where !methods.contains(method.rawValue) {
                    let response = try await client.send(method, path)
                    #expect(response.status == 405, "\(method) \(path)")
                    let allowed = response.header("Allow")?.split(separator: ",").map { $0.drop { $0 == " " } }
                    #expect(Set(allowed?.map(String.init) ?? []) == methods, "\(method) \(path)")
                    if method != .head { #expect(response.json["code"] == "method_not_allowed") }
                }
            }
        }
    }

    @Test(arguments: ["PROPFIND", "TRACE", "LOCK", "get"])
    func `a method that no path has is 405 or no HTTP at all`(method: String) async throws {
        try await withSimulator { client in
            let response = try await client.raw(["\(method) /webhooks HTTP/1.1", "Host: localhost"])
            #expect([400, 405, 501].contains(response.status), "\(response.status)")
        }
    }

    @Test(
        arguments: [
            "/", "/nowhere", "/webhooks/", "/webhooks/events/", "/webhooks//events", "//webhooks", "/oauth/token/",
            "/webhooks/events/0211a5c1-5400-4461-b1c6-f97f4bc8b9c7", "/Webhooks", "/webhook", "/oauth", "/webhooks/.",
            "/webhooks/events/..", "/webhooks;a=1", "/webhook%73", "/__adminx",
        ])
    func `an unknown path is the live API's plain text`(path: String) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.raw([
                "GET \(path) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)",
            ])
            // A path of one segment below /webhooks exists, but has other methods.
            if path == "/webhooks/." {
                #expect(response.status == 405)
                return
            }
            #expect(response.status == 404, "\(response.status) \(response.text)")
            #expect(response.text == "404 page not found")
            #expect(response.header("Content-Type")?.hasPrefix("text/plain") == true)
        }
    }

    @Test(arguments: ["/__admin/nowhere", "/__admin/health/", "/__admin//health", "/__admin/events/x/y"])
    func `an unknown path of the control API is a JSON error that helps`(path: String) async throws {
        try await withSimulator { client in
            let response = try await client.raw(["GET \(path) HTTP/1.1", "Host: localhost"])
            #expect(response.status == 404)
            #expect(response.json["code"] == "not_found")
            #expect(response.json["message"]?.string?.contains("openapi.json") == true)
        }
    }

    @Test(
        arguments: [
            ("/nowhere", "localhost", 404), ("/webhooks/", "localhost", 404), ("/oauth/token", "localhost", 405),
            ("/webhooks/retry", "localhost", 405), ("/__admin/reset", "localhost", 405),
            ("/__admin/reset", "rebind.example", 403), ("/__admin/clock", "rebind.example", 403),
            ("/webhooks", "localhost", 401),
        ])
    func `an error response to HEAD has no body either`(path: String, host: String, status: Int) async throws {
        try await withSimulator { client in
            let response = try await client.raw(["HEAD \(path) HTTP/1.1", "Host: \(host)"])
            #expect(response.status == status)
            #expect(response.body.isEmpty, "\(response.text)")
            #expect(response.header("Content-Length").flatMap { Int($0) } ?? 0 > 0)
        }
    }

    @Test func `HEAD is GET without a body`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            for (path, methods) in try await paths(client) where methods.contains("GET") {
                // A stream has no end, and the logs contain these requests themselves, so their responses differ.
                if path.hasSuffix("/stream") { continue }
                let get = try await client.send(.get, path, token: token)
                let head = try await client.raw([
                    "HEAD \(path) HTTP/1.1", "Host: \(client.authority)", "Authorization: Bearer \(token)",
                ])
                #expect(head.status == get.status, "\(path)")
                #expect(head.body.isEmpty, "\(path)")
                #expect(head.header("Content-Type") == get.header("Content-Type"), "\(path)")
                if path != "/__admin/requests", path != "/__admin/metrics" {
                    #expect(head.header("Content-Length") == get.header("Content-Length"), "\(path)")
                }
            }
        }
    }
}
