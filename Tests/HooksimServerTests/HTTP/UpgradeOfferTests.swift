import Testing
import Webhooks

/// Tests that clients that offer another protocol get a response in HTTP/1.1, and that their connection persists (RFC
/// 9110, 7.8).
@Suite(.timeLimit(.minutes(3))) struct UpgradeOfferTests {
    enum Offer: CaseIterable {
        case h2c, websocket, other

        var lines: [String] {
            switch self {
            case .h2c:
                [
                    "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                    "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
                ]
            case .websocket:
                [
                    "connection: keep-alive, Upgrade", "upgrade: websocket", "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                ]
            case .other: ["Upgrade: TLS/1.2, HTTP/2.0", "Connection:upgrade"]
            }
        }
    }

    @Test(arguments: TestedServer.allCases, Offer.allCases)
    func `the connection serves requests after an offer, with content and without`(
        server: TestedServer, offer: Offer
    ) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            for _ in 0..<2 {
                try await socket.send(running.lines + offer.lines + [running.length], running.content)
                #expect(try await socket.response().status == running.status)
                try await socket.send(running.lines + offer.lines + ["Transfer-Encoding: chunked"], running.chunks)
                #expect(try await socket.response().status == running.status)
                try await socket.send(["GET /nowhere HTTP/1.1", "Host: localhost"] + offer.lines)
                let response = try await socket.response()
                #expect(response.status == (server.kind.isReceiver ? running.status : 404))
                #expect(response.header("Connection") == nil)
                try await running.expectService(on: socket)
            }
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `requests that are pipelined behind an offer are served`(server: TestedServer) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let offer = Offer.h2c.lines
            let requests = [
                (running.lines + offer + [running.length], running.content),
                (running.lines + [running.length], running.content),
                (running.lines + offer + ["Transfer-Encoding: chunked", "Trailer: X-A"], running.chunks),
                (["GET /nowhere HTTP/1.1", "Host: localhost"] + Offer.websocket.lines, ""),
                (running.lines + ["Transfer-Encoding: chunked"], running.chunks),
            ]
            try await socket.send(requests.map { $0.joined(separator: "\r\n") + "\r\n\r\n" + $1 }.joined())
            for (index, _) in requests.enumerated() {
                let status = try await socket.response().status
                #expect(status == (index == 3 && !server.kind.isReceiver ? 404 : running.status), "\(index)")
            }
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `content that looks like a request is not taken for one`(server: TestedServer) async throws {
        guard server.kind.isReceiver else { return }
        try await server.run { running in
            let socket = try await running.connect()
            let content = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
            let length = "Content-Length: \(content.utf8.count)"
            for _ in 0..<3 { try await socket.send(running.lines + Offer.h2c.lines + [length], content) }
            try await socket.send(running.post("Connection: close", running.length), running.content)
            for _ in 0..<4 { #expect(try await socket.response().status == running.status) }
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `CONNECT is refused, and the connection goes on`(server: TestedServer) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            try await socket.send(["CONNECT shop.example:443 HTTP/1.1", "Host: shop.example:443"])
            #expect(try await socket.response().status == (server.kind.isReceiver ? 501 : 404))
            try await running.expectService(on: socket)
            socket.close()
        }
    }

    /// CONNECT has no content (RFC 9110, 9.3.6). The bytes after it can be meant as content by one client, and as a
    /// request by another.
    @Test(arguments: TestedServer.allCases)
    func `CONNECT with content ends the connection`(server: TestedServer) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let request = "GET /__admin/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
            try await socket.send(
                ["CONNECT shop.example:443 HTTP/1.1", "Host: a", "Content-Length: \(request.utf8.count)"], request)
            let response = try await socket.response()
            #expect(response.status == (server.kind.isReceiver ? 501 : 404))
            #expect(response.header("Connection") == "close")
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }
}
