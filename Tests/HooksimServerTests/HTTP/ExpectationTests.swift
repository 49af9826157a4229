import StrictJSON
import Testing

/// Tests that clients that send `Expect: 100-continue` get 100 or their final status at once (RFC 9110, 10.1.1).
@Suite(.timeLimit(.minutes(3))) struct ExpectationTests {
    @Test(arguments: TestedServer.allCases, ["100-continue", "100-Continue", "100-CONTINUE, 100-continue"])
    func `a client may continue once its content is wanted`(server: TestedServer, value: String) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            for framing in [running.length, "Transfer-Encoding: chunked"] {
                try await socket.send(running.post("Expect: \(value)", framing))
                let interim = try await socket.response()
                #expect(interim.status == 100)
                #expect(interim.headers.isEmpty)
                try await socket.send(framing == running.length ? running.content : running.chunks)
                let response = try await socket.response()
                #expect(response.status == running.status)
                #expect(response.header("Connection") == nil)
            }
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `an expectation with an offer is met, as the default client of Java sends both`(
        server: TestedServer
    ) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let offer = UpgradeOfferTests.Offer.h2c.lines
            for _ in 0..<2 {
                try await socket.send(running.lines + offer + ["Expect: 100-Continue", running.length])
                #expect(try await socket.response().status == 100)
                try await socket.send(running.content)
                #expect(try await socket.response().status == running.status)
            }
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `a client that does not wait is served as any other`(server: TestedServer) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let request = running.post("Expect: 100-continue", running.length)
            for _ in 0..<3 { try await socket.send(request, running.content) }
            var statuses: [Int] = []
            while statuses.count < 3 {
                let status = try await socket.response().status
                // Whether a response of 100 is sent depends on the machine's load, since it is not sent if the content
                // arrives first.
                if status != 100 { statuses.append(status) }
            }
            #expect(statuses == Array(repeating: running.status, count: 3))
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let kind: TestedServer.Kind
        let lines: [String]
        let status: Int

        init(_ kind: TestedServer.Kind, _ status: Int, _ lines: String...) {
            self.kind = kind
            self.lines = lines
            self.status = status
        }

        var testDescription: String { "\(kind.rawValue) \(status): \(lines.joined(separator: " | "))" }

        private static let host = "Host: localhost"
        private static let json = "Content-Type: application/json"
        private static let length = "Content-Length: 40"

        static let all = [
            Refusal(.api, 401, "POST /webhooks HTTP/1.1", host, json, length),
            Refusal(.api, 401, "POST /webhooks HTTP/1.1", host, json, "Transfer-Encoding: chunked"),
            Refusal(.api, 404, "POST /nowhere HTTP/1.1", host, json, length),
            Refusal(.api, 405, "PUT /webhooks HTTP/1.1", host, json, length),
            Refusal(.token, 413, "POST /oauth/token HTTP/1.1", host, "Content-Length: 1048577"),
            Refusal(.token, 415, "POST /oauth/token HTTP/1.1", host, "Content-Encoding: gzip", length),
            Refusal(.token, 405, "PUT /oauth/token HTTP/1.1", host, length),
            Refusal(.control, 403, "POST /__admin/events HTTP/1.1", "Host: shop.example", json, length),
            Refusal(.control, 413, "POST /__admin/events HTTP/1.1", host, json, "Content-Length: 1048577"),
            Refusal(.control, 415, "POST /__admin/events HTTP/1.1", host, "Content-Type: text/plain", length),
            Refusal(.control, 415, "POST /__admin/events HTTP/1.1", host, json, "Content-Encoding: br", length),
            Refusal(.control, 404, "POST /__admin/nowhere HTTP/1.1", host, json, length),
            Refusal(.control, 405, "DELETE /__admin/events HTTP/1.1", host, json, length),
            Refusal(.listen, 413, "POST / HTTP/1.1", host, "Content-Length: 16777217"),
            Refusal(.listen, 415, "POST / HTTP/1.1", host, "Content-Encoding: gzip", length),
            Refusal(.scripted, 413, "POST / HTTP/1.1", host, "Content-Length: 16777217"),
            Refusal(.scripted, 415, "POST / HTTP/1.1", host, "Content-Encoding: gzip", length),
        ]
    }

    @Test(arguments: Refusal.all, [false, true])
    func `a refusal that needs no content comes at once, and the connection ends`(
        refusal: Refusal, isSecure: Bool
    ) async throws {
        if isSecure, refusal.kind.isReceiver { return }
        try await TestedServer(kind: refusal.kind, isSecure: isSecure).run { running in
            for sendsContent in [false, true] {
                let socket = try await running.connect()
                try await socket.send(refusal.lines + ["Expect: 100-continue"])
                let response = try await socket.response()
                #expect(response.status == refusal.status, "\(response)")
                #expect(response.header("Connection") == "close")
                // If a client sends its content all the same, the server must not parse that content as the next
                // request.
                if sendsContent {
                    try? await socket.send("GET /__admin/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                }
                #expect(try await socket.rest() == "")
                socket.close()
            }
        }
    }

    @Test(arguments: TestedServer.allCases, ["200-ok", "100-continue, x=\"y\";z", "100-continuing"])
    func `any other expectation is 417`(server: TestedServer, value: String) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            try await socket.send(running.post("Expect: \(value)", running.length))
            let response = try await socket.response()
            #expect(response.status == 417)
            #expect(response.body.contains(value.contains("x=") ? "x=" : value), "\(response.body)")
            #expect(response.header("Connection") == "close")
            if !server.kind.isReceiver { #expect(response.json["code"] == "expectation_failed") }
            if server.kind == .token { #expect(response.json["error"] == "invalid_request") }
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `an expectation of HTTP 1.0 is ignored, and so is an empty one`(server: TestedServer) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let old = running.lines.map { $0.replacing("HTTP/1.1", with: "HTTP/1.0") }
            for value in ["100-continue", "200-ok"] {
                try await socket.send(
                    old + ["Connection: keep-alive", "Expect: \(value)", running.length], running.content)
                #expect(try await socket.response().status == running.status)
            }
            try await socket.send(running.post("Expect:", running.length), running.content)
            #expect(try await socket.response().status == running.status)
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    @Test func `a request without content gets no 100 response`() async throws {
        try await TestedServer(kind: .control, isSecure: false).run { running in
            let socket = try await running.connect()
            for length in ["X: y", "Content-Length: 0"] {
                try await socket.send([
                    "POST /__admin/reset HTTP/1.1", "Host: localhost", "Content-Type: application/json", length,
                    "Expect: 100-continue",
                ])
                let response = try await socket.response()
                #expect(response.status == 200, "\(response)")
                #expect(response.header("Connection") == nil)
            }
            socket.close()
        }
    }
}
