@testable import HooksimServer
import NIOCore
import NIOPosix
import Testing
import Webhooks

/// Tests of how long a connection persists, and how it is closed (RFC 9112, 9.3 and 9.6).
@Suite(.timeLimit(.minutes(3))) struct PersistenceTests {
    @Test(arguments: TestedServer.allCases, ["close", "Close", "close, TE", "keep-alive, close"])
    func `a client that asks for the end gets it after its response`(
        server: TestedServer, value: String
    ) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let request = running.post("Connection: \(value)", running.length)
            // The server must not process bytes after the last request as a request.
            try await socket.send(request, running.content + "GET /__admin/health HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await socket.response()
            #expect(response.status == running.status)
            #expect(response.header("Connection") == "close")
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `a connection of HTTP 1.0 ends after its response, unless it is to be kept`(
        server: TestedServer
    ) async throws {
        try await server.run { running in
            let old = running.lines.map { $0.replacing("HTTP/1.1", with: "HTTP/1.0") }
            let socket = try await running.connect()
            for _ in 0..<2 {
                try await socket.send(old + ["Connection: keep-alive", running.length], running.content)
                let response = try await socket.response()
                #expect(response.status == running.status)
                #expect(response.header("Connection") == "keep-alive")
            }
            try await socket.send(old + [running.length], running.content)
            #expect(try await socket.response().status == running.status)
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }

    @Test(arguments: [false, true]) func `HTTP 1.0 gets no chunks`(isSecure: Bool) async throws {
        try await TestedServer(kind: .control, isSecure: isSecure).run { running in
            for connection in ["X: y", "Connection: keep-alive"] {
                let socket = try await running.connect()
                try await socket.send(["GET /__admin/stream HTTP/1.0", "Host: localhost", connection])
                let response = try await socket.response()
                #expect(response.status == 200)
                #expect(response.header("Transfer-Encoding") == nil)
                #expect(response.header("Connection") == "close")
                socket.close()
            }
        }
    }

    @Test(arguments: TestedServer.allCases)
    func `pipelined requests, chunks, trailers and absolute targets are taken`(server: TestedServer) async throws {
        try await server.run { running in
            let socket = try await running.connect()
            let trailed = running.chunks.dropLast() + "X-Sum: 5\r\n\r\n"
            let absolute = running.lines.map { $0.replacing("POST /", with: "POST http://localhost/") }
            let requests = [
                (running.lines + ["Transfer-Encoding: chunked"], running.chunks),
                (running.lines + ["Transfer-Encoding: chunked", "Trailer: X-Sum"], String(trailed)),
                (absolute + [running.length], running.content),
                (running.lines + [running.length], running.content),
            ]
            let bytes = requests.map { $0.joined(separator: "\r\n") + "\r\n\r\n" + $1 }.joined()
            try await socket.send(String(repeating: bytes, count: 25))
            for _ in 0..<100 { #expect(try await socket.response().status == running.status) }
            socket.close()
        }
    }

    @Test(arguments: [false, true], [[], ["Connection: close"]])
    func `a client that sends all of a body that is too large still gets its response`(
        isSecure: Bool, more: [String]
    ) async throws {
        try await TestedServer(kind: .control, isSecure: isSecure).run { running in
            let socket = try await running.connect()
            let body = String(repeating: "x", count: 24 << 20)
            try await socket.send(running.lines + ["Content-Length: \(body.utf8.count)"] + more, body)
            let response = try await socket.response()
            #expect(response.status == 413)
            #expect(response.header("Connection") == "close")
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }

    @Test func `a body that turns out too large is 413 and the end`() async throws {
        try await TestedServer(kind: .control, isSecure: false).run { running in
            let socket = try await running.connect()
            let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
            try await socket.send(
                running.post("Transfer-Encoding: chunked"), String(repeating: chunk, count: 40) + "0\r\n\r\n")
            let response = try await socket.response()
            #expect(response.status == 413)
            #expect(response.header("Connection") == "close")
            #expect(try await socket.rest() == "")
            socket.close()
        }
    }

    @Test(arguments: [false, true])
    func `a client that does not close its side is closed`(isSecure: Bool) async throws {
        let server = TestedServer(kind: .control, isSecure: isSecure)
        try await server.run {
            $0.limits.deadlines.closing = .milliseconds(100)
        } _: { running in
            let socket = try await running.connect()
            try await socket.send(running.post("Connection: close", running.length), running.content)
            #expect(try await socket.response().status == running.status)
            try await socket.waitUntilReset()
            #expect(socket.isClosed)
        }
    }

    @Test(
        arguments: [
            "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
            "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 100\r\n\r\n{",
            "Connection: close\r\nContent-Length: 100\r\n\r\n{",
            "Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n{}POST /__admin/events HTTP/1.1\r\n"
                + "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        ], [false, true])
    func `a body that never comes is not waited for`(rest: String, isSecure: Bool) async throws {
        let server = TestedServer(kind: .control, isSecure: isSecure)
        try await server.run {
            $0.limits.deadlines.body = .milliseconds(300)
        } _: { running in
            let socket = try await running.connect()
            try await socket.send(running.lines.joined(separator: "\r\n") + "\r\n" + rest)
            _ = try await socket.rest()
            socket.close()
        }
    }
}
