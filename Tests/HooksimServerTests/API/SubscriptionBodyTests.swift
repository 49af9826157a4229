import HooksimServer
import StrictJSON
import Testing

@Suite struct SubscriptionBodyTests {
    private static let valid = #"{"endpoint_url":"https://a.example","topic":"invoice_paid"}"#

    @Test(
        arguments: [
            ("", "there is no JSON value at line 1, column 1"),
            ("{", "line 1, column 2"),
            ("[]", "must be a JSON object, not an array"),
            ("null", "must be a JSON object, not null"),
            (#"{"topic":"a","topic":"b"}"#, #"the name "topic" is given twice at line 1, column 14"#),
            (#"{"topic":"a",}"#, "line 1, column 14"),
            ("{\n  \"topic\": nope\n}", "line 2, column 12"),
            ("{} {}", "line 1, column 4"),
            ("{'topic':'a'}", "line 1, column 2"),
            (#"{"topic":"\ud800"}"#, "line 1, column 11"),
            ("\u{FEFF}{}", "line 1, column 1"),
        ])
    func `a body that is not strict JSON is refused with its position`(body: String, message: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(), headers: [("Content-Type", "application/json")],
                body: Array(body.utf8))
            #expect(response.status == 400)
            #expect(response.json["code"] == "bad_request")
            #expect(response.json["message"]?.string?.contains(message) == true, "\(response.text)")
        }
    }

    @Test func `a string that is not UTF-8 is refused`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(), headers: [("Content-Type", "application/json")],
                body: Array(#"{"topic":""#.utf8) + [0xFF] + Array(#""}"#.utf8))
            #expect(response.status == 400)
            #expect(response.json["message"]?.string?.contains("not valid UTF-8") == true, "\(response.text)")
        }
    }

    @Test(
        arguments: [
            (nil, 415), ("text/plain", 415), ("application/x-www-form-urlencoded", 415), ("application/jsonp", 415),
            ("application/json", 201), ("application/json; charset=utf-8", 201), ("Application/JSON", 201),
        ] as [(String?, Int)])
    func `the body's type must be JSON`(type: String?, status: Int) async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, "/webhooks", token: try await client.token(),
                headers: type.map { [("Content-Type", $0)] } ?? [], body: Array(Self.valid.utf8))
            #expect(response.status == status)
            if status == 415 { #expect(response.json["code"] == "unsupported_media_type") }
        }
    }

    @Test(arguments: [(1 << 20, 201), (1 << 20 + 1, 413)], [false, true])
    func `a body is taken up to one mebibyte, also in chunks`(size: (bytes: Int, status: Int), isChunked: Bool)
        async throws
    {
        try await withSimulator { client in
            let token = try await client.token()
            let body = Array(Self.valid.utf8) + [UInt8](repeating: 0x20, count: size.bytes - Self.valid.utf8.count)
            let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(body.count)"
            let framed =
                isChunked
                ? Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8) : body
            let response = try await client.raw(
                [
                    "POST /webhooks HTTP/1.1", "Host: \(client.authority)", "Authorization: Bearer \(token)",
                    "Content-Type: application/json", framing,
                ], body: framed)
            #expect(response.status == size.status)
            if size.status == 413 { #expect(response.json["code"] == "content_too_large") }
        }
    }

    @Test func `a body that is announced as too large is refused before it is sent`() async throws {
        try await withSimulator { client in
            let response = try await client.raw([
                "POST /webhooks HTTP/1.1", "Host: \(client.authority)",
                "Authorization: Bearer \(try await client.token())", "Content-Type: application/json",
                "Content-Length: 1048577",
            ])
            #expect(response.status == 413)
        }
    }
}
