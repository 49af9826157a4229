import Testing
import Webhooks

@testable import HooksimServer

/// Stores that earlier versions wrote.
@Suite struct OlderStoreTests {
    /// What the schema before ``AttemptFailure`` had as an attempt's error, and what it is now.
    static let failures: [(error: String?, failure: AttemptFailure.Kind?)] = [
        (nil, nil), ("the receiver answered 503", .status),
        ("the receiver answered 302; redirects are not followed", .status),
        ("no whole answer within 10s", .responseTimeout), ("connection refused", .connectionRefused),
        ("connection reset by the receiver", .connectionReset),
        ("the receiver closed the connection without an answer", .noResponse), ("no answer", .noResponse),
        ("the receiver closed the connection before the answer was whole", .incompleteResponse),
        ("the receiver's answer is not valid HTTP", .invalidResponse),
        ("the receiver's answer was lost by a fault", .lostResponse),
        ("the receiver's host name can't be resolved", .unresolvedName),
        ("the receiver's host can't be reached", .unreachable), ("the receiver can't be reached", .unreachable),
        ("the connection timed out", .connectionTimedOut), ("the connection failed (errno 24)", .systemError),
        ("the TLS connection failed: handshake", .tls),
        ("not sent: the receiver is at a link-local address", .forbiddenAddress),
        ("not sent: the endpoint's URL is not valid", .invalidEndpoint),
        ("never sent: a fault dropped it", .dropped), ("the exchange failed: SomeError", .other),
    ]

    /// Makes a store with one attempt that failed, as the schema of version 5 has it.
    private static func makeStore(at path: String, error: String?) async throws {
        try await withSimulator {
            $0.store = path
        } _: { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            try await client.trigger()
            try await client.expect("attempts", [:], count: 1)
        }
        let database = try Database(path: path)
        try await database.write { connection in
            try connection.run("UPDATE attempts SET error = ?", error)
            try connection.execute("ALTER TABLE attempts DROP COLUMN failure; PRAGMA user_version = 5")
        }
        try await database.close()
    }

    @Test(arguments: failures)
    func `a store whose attempts have a text only gets the kind of failure beside it`(
        error: String?, failure: AttemptFailure.Kind?
    ) async throws {
        try await withTemporaryStore { path in
            try await Self.makeStore(at: path, error: error)
            try await withSimulator {
                $0.store = path
            } _: { client in
                let attempt = try #require(try await client.attempts().first)
                #expect(attempt["error"] == .string(orNull: error))
                #expect(attempt["failure"] == .string(orNull: failure?.rawValue))
            }
        }
    }

    @Test(arguments: [
        ("no whole answer within 10s", "hang"), ("connection reset by the receiver", "reset"),
        ("connection refused", "reset"),
    ])
    func `a recording of an older store says what the receiver did`(error: String, reply: String) async throws {
        try await withTemporaryStore { path in
            try await Self.makeStore(at: path, error: error)
            try await withSimulator {
                $0.store = path
            } _: { client in
                let recording = try await client.call(.get, "/__admin/recording").json["scenario"]?.string ?? ""
                #expect(recording.contains("respond: \(reply)"), "\(recording)")
            }
        }
    }
}
