import HooksimServer
import StrictJSON
import Testing

@Suite struct MalformedRequestTests {
    @Test(
        arguments: [
            "limit=%", "limit=%2", "limit=%zz", "topic=%ff", "topic=%C3%28", "%=1", "a=%E0%80%80", "unknown=%f",
        ], ["/webhooks", "/webhooks/events", "/__admin/attempts", "/__admin/requests", "/__admin/events"])
    func `a query that can't be decoded is 400`(query: String, path: String) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.raw([
                "GET \(path)?\(query) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)",
            ])
            #expect(response.status == 400, "\(response.text)")
            #expect(response.json["code"] == "bad_request")
            #expect(response.json["message"]?.string?.contains("query") == true)
        }
    }

    @Test func `bytes that are not UTF-8 in a path or query are refused, not served`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let end = Array(
                " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\r\n".utf8)
            for start in ["DELETE /webhooks/", "GET /webhooks?topic=", "GET /"] {
                let response = try await client.raw(Array(start.utf8) + [0xFF, 0xC3] + end)
                #expect([400, 404].contains(response.status), "\(start): \(response.status)")
            }
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
        }
    }

    @Test(arguments: [(20_000, 200), (31_000, 200), (33_000, 431), (100_000, 431)])
    func `headers are taken up to 32 KiB`(size: Int, status: Int) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            for lines in [
                ["X-Padding: \(String(repeating: "x", count: size))"],
                (0..<size / 500).map { "X-Padding-\($0): \(String(repeating: "x", count: 480))" },
            ] {
                let response = try await client.raw(
                    ["GET /webhooks HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)"] + lines)
                #expect(response.status == status, "\(lines.count) lines: \(response.status)")
                if status == 431 { #expect(response.json["code"] == "request_header_fields_too_large") }
            }
        }
    }

    @Test func `a request line counts as well`() async throws {
        try await withSimulator { client in
            let response = try await client.raw([
                "GET /webhooks?topic=\(String(repeating: "x", count: 40_000)) HTTP/1.1", "Host: localhost",
            ])
            #expect([414, 431].contains(response.status))
        }
    }

    @Test(
        arguments: [
            "nonsense\r\n\r\n", "GET /webhooks\r\n\r\n", "GET /webhooks HTTP/9.9\r\n\r\n",
            "POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            "POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /webhooks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            "GET /webhooks HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        ])
    func `what is no HTTP disturbs no other client`(text: String) async throws {
        try await withSimulator { client in
            // The server either responds with a status of 4xx or closes the connection.
            if let response = try? await client.raw(Array(text.utf8)) {
                #expect((400..<500).contains(response.status), "\(response.status)")
            }
            let health = try await client.send(.get, "/__admin/health")
            #expect(health.status == 200)
        }
    }
}
