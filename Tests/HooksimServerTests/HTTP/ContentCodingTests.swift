import StrictJSON
import Testing

/// Tests that compressed content is refused because of its coding, and not as malformed JSON (RFC 9110, 15.5.16).
@Suite(.timeLimit(.minutes(3))) struct ContentCodingTests {
    @Test(
        arguments: TestedServer.allCases,
        [("gzip", "gzip"), ("GZIP", "GZIP"), ("deflate, br", "deflate, br"), ("identity, zstd", "zstd")])
    func `content in another coding is 415, which names it`(
        server: TestedServer, value: (field: String, named: String)
    ) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            // The content begins with the magic number of gzip.
            try await socket.send(running.post("Content-Encoding: \(value.field)", "Content-Length: 3"), "\u{1F}\u{8B}")
            let response = try await socket.response()
            #expect(response.status == 415)
            #expect(response.header("Accept-Encoding") == "identity")
            #expect(response.body.contains("encoded as \(value.named)"), "\(response.body)")
            if !server.kind.isReceiver { #expect(response.json["code"] == "unsupported_media_type") }
            if server.kind == .token { #expect(response.json["error"] == "invalid_request") }
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases, ["identity", "Identity", "identity, identity", ""])
    func `content that is itself is taken`(server: TestedServer, value: String) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            try await socket.send(running.post("Content-Encoding: \(value)", running.length), running.content)
            #expect(try await socket.response().status == running.status)
            socket.close()
        }
    }

    @Test(
        arguments: [
            (.post, "/__admin/events"), (.post, "/__admin/expect"), (.post, "/__admin/reset"),
            (.post, "/__admin/partners"), (.post, "/__admin/faults"), (.post, "/__admin/scenarios"),
            (.put, "/__admin/clock"), (.post, "/__admin/clock/advance"), (.patch, "/__admin/settings"),
            (.post, "/webhooks"), (.post, "/oauth/token"),
        ] as [(Method, String)])
    func `every endpoint that reads content says so`(method: Method, path: String) async throws {
        try await withSimulator { client in
            let token = path.hasPrefix("/webhooks") ? try await client.token() : nil
            let response = try await client.send(
                method, path, token: token,
                headers: [("Content-Type", "application/json"), ("Content-Encoding", "gzip")], body: Array("{}".utf8))
            #expect(response.status == 415, "\(response.text)")
            #expect(response.header("Accept-Encoding") == "identity")
            #expect(response.text.contains("gzip"), "\(response.text)")
        }
    }

    @Test func `it stays so where a fault asks whose request it is`() async throws {
        try await withSimulator { client in
            try await client.fault(["target": "token", "match": ["client_id": "another"], "effect": ["status": 503]])
            for (name, value, status) in [
                ("Content-Encoding", "gzip", 415), ("X-Padding", "y", 413),
            ] {
                let length = status == 413 ? 1_048_577 : 10
                let response = try await client.send(
                    .post, "/oauth/token", headers: [(name, value)], body: Array(repeating: 0x78, count: length))
                #expect(response.status == status, "\(response.text)")
                #expect(response.json["error"] == "invalid_request")
            }
        }
    }
}
