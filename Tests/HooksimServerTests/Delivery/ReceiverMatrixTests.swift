import HooksimServer
import NIOCore
import StrictJSON
import Testing

/// Tests of every way in which a receiver can respond or fail to, and of the attempt that is stored for it.
@Suite struct ReceiverMatrixTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let response: Receiver.Response
        var status: Int?
        var error: String?
        /// Whether the attempt ends by its timeout, which is then shorter than usual.
        var isSlow = false

        var testDescription: String { name }

        /// Returns a timeout in which a connection can be established even on a busy machine.
        func timeout(by scheme: Scheme) -> String { !isSlow ? "60s" : scheme == .https ? "4s" : "1s" }

        func error(by scheme: Scheme) -> String? {
            isSlow ? "no complete response within \(timeout(by: scheme))" : error
        }

        var outcome: String { error == nil && !isSlow ? "delivered" : "failed" }
    }

    private static let invalid = "the receiver's response is not valid HTTP"
    private static let cut = "the receiver closed the connection before the response was complete"

    static let statuses =
        [200, 201, 202, 204, 250, 299].map { Case(name: "\($0)", response: .status($0), status: $0) }
        + [300, 304, 400, 401, 404, 429, 500, 503, 599].map { status in
            let hint = status < 400 ? "; redirects are not followed" : ""
            return Case(
                name: "\(status)", response: .status(status), status: status,
                error: "the receiver responded with status \(status)\(hint)")
        }

    static let misbehaviours = [
        Case(name: "hang before the head", response: .hang, isSlow: true),
        Case(
            name: "hang after the head", response: .rawThenHang("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
            isSlow: true),
        Case(
            name: "hang within the head", response: .rawThenHang("HTTP/1.1 200 OK\r\nContent-"), isSlow: true),
        Case(
            name: "a byte now and then",
            response: .drip(
                head: "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", bytes: "x", every: .milliseconds(50)),
            isSlow: true),
        Case(
            name: "endless interim answers",
            response: .drip(head: "", bytes: "HTTP/1.1 103 Early Hints\r\n\r\n", every: .milliseconds(50)),
            isSlow: true),
        Case(
            name: "an interim answer, then the answer",
            response: .raw(
                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            status: 200),
        Case(
            name: "an endless body",
            response: .drip(
                head: "HTTP/1.1 200 OK\r\n\r\n", bytes: String(repeating: "x", count: 8192), every: .milliseconds(1)),
            status: 200),
        Case(
            name: "a body that ends with the connection", response: .raw("HTTP/1.1 200 OK\r\n\r\nthanks"), status: 200),
        Case(
            name: "cut within the body", response: .raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthanks"),
            status: 200, error: cut),
        Case(
            name: "cut within the head", response: .raw("HTTP/1.1 200 OK\r\nContent-"),
            error: "the receiver closed the connection without a response"),
        Case(name: "nothing", response: .raw(""), error: "the receiver closed the connection without a response"),
        Case(
            name: "cut within the body, and within the session",
            response: .rawThenCut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthanks"), status: 200, error: cut),
        Case(
            name: "nothing, and no end of the session", response: .rawThenCut(""),
            error: "the receiver closed the connection without a response"),
        Case(name: "reset", response: .reset, error: "connection reset by the receiver"),
        Case(name: "garbage", response: .raw("garbage\r\n\r\n"), error: invalid),
        Case(name: "a greeting of another protocol", response: .raw("SSH-2.0-OpenSSH_9.2\r\n"), error: invalid),
        Case(
            name: "huge headers",
            response: .raw("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 1 << 20))\r\n\r\n"), error: invalid),
    ]

    @Test(arguments: statuses + misbehaviours, Scheme.allCases)
    func `an attempt ends as the receiver has it`(expected: Case, scheme: Scheme) async throws {
        let receiver = try await Receiver(scheme) { _, _ in expected.response }
        try await withSimulator {
            $0.verifiesReceivers = false
        } _: { client in
            try await client.settings([
                "retry_schedule": ["0s"], "delivery_timeout": .string(expected.timeout(by: scheme)),
            ])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": .string(expected.outcome)], count: 1)
            let attempt = try #require(try await client.attempts().first)
            #expect(attempt["outcome"] == .string(expected.outcome))
            #expect(attempt["status_code"] == expected.status.map { .number($0) } ?? .null)
            #expect(attempt["error"] == .string(orNull: expected.error(by: scheme)))
            let event = try await client.event(id)
            #expect(event["last_status_code"] == attempt["status_code"])
            #expect(event["last_error"] == attempt["error"])
            #expect((event["delivered_at"] == .null) == (expected.outcome == "failed"))
            let kept = event["attempts"]?.array?.first?["response"]?["body"]?.string ?? ""
            #expect(kept.utf8.count <= 16 * 1024)
            if expected.name == "an endless body" { #expect(kept.utf8.count == 16 * 1024) }
        }
        #expect(receiver.received.count == 1)
        try await receiver.stop()
    }

    @Test(arguments: [301, 302, 303, 307, 308], Scheme.allCases)
    func `a redirect is a failure, and where it leads is never called`(status: Int, scheme: Scheme) async throws {
        let elsewhere = try await Receiver()
        let target = elsewhere.url
        let receiver = try await Receiver(scheme) { delivery, _ in
            .status(delivery.path == "/" ? status : 200, headers: [("Location", delivery.path == "/" ? target : "/b")])
        }
        try await withSimulator {
            $0.verifiesReceivers = false
        } _: { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.trigger()
            try await client.expect("attempts", ["status_code": .number(status), "outcome": "failed"], count: 1)
            try await client.expect(
                "events",
                ["last_error": .string("the receiver responded with status \(status); redirects are not followed")],
                count: 1)
        }
        #expect(receiver.received.map(\.path) == ["/"])
        #expect(elsewhere.received.isEmpty)
        try await receiver.stop()
        try await elsewhere.stop()
    }

    @Test(arguments: Scheme.allCases)
    func `a port on which nothing listens refuses`(scheme: Scheme) async throws {
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s", "1ms"]])
            try await client.subscribe(to: "\(scheme)://127.0.0.1:1/", token: try await client.token())
            try await client.trigger()
            try await client.expect("events", ["status": "failed", "last_error": "connection refused"], count: 1)
            let attempts = try await client.attempts()
            #expect(attempts.map { $0["error"] } == ["connection refused", "connection refused"])
            #expect(attempts.allSatisfy { $0["status_code"] == .null })
        }
    }
}
