import StrictJSON
import Testing

/// Tests that faults apply to requests with an `Expect` field as they apply to other requests.
@Suite(.timeLimit(.minutes(3))) struct ExpectationFaultTests {
    private func run(
        _ kind: TestedServer.Kind, _ effect: JSON, _ body: (TestedServer.Running, RawSocket) async throws -> Void
    ) async throws {
        let server = TestedServer(kind: kind, isSecure: false)
        try await server.run { running in
            let client = TestClient(running.url)
            try await client.fault(["target": kind == .token ? "token" : "api", "effect": effect])
            let socket = try await running.connect()
            try await socket.send(running.post("Expect: 100-continue", running.length))
            try await body(running, socket)
            socket.close()
            try await client.clearFaults()
        }
    }

    @Test func `a status fault of the API is the final status at once`() async throws {
        try await run(.api, ["status": 503]) { _, socket in
            let response = try await socket.response()
            #expect(response.status == 503)
            #expect(response.header("Connection") == "close")
            #expect(try await socket.rest() == "")
        }
    }

    @Test func `a fault of the token endpoint comes after the content that says who asks`() async throws {
        try await run(.token, ["status": 503]) { running, socket in
            #expect(try await socket.response().status == 100)
            try await socket.send(running.content)
            let response = try await socket.response()
            #expect(response.status == 503)
            #expect(response.header("Connection") == nil)
        }
    }

    @Test(arguments: [["delay": "20ms"], ["dribble": ["chunks": 3, "over": "30ms"]]] as [JSON])
    func `a response that comes late is preceded by 100 Continue`(effect: JSON) async throws {
        try await run(.api, effect) { running, socket in
            #expect(try await socket.response().status == 100)
            try await socket.send(running.content)
            #expect(try await socket.response().status == 201)
        }
    }

    @Test(arguments: ["reset", "empty", "random_then_close"])
    func `a connection fault ends the connection without a response`(fault: String) async throws {
        try await run(.api, ["connection": .string(fault)]) { _, socket in
            let text = try await socket.rest()
            #expect(!text.contains("HTTP/1.1"), "\(text)")
        }
    }
}
