/// What happens to a call of the simulated API.
package enum APIFault: Sendable, Equatable {
    package enum Connection: String, Sendable, CaseIterable {
        /// A TCP RST in place of an answer.
        case reset
        /// The connection ends without a byte.
        case empty
        /// The answer declares its length and ends before it.
        case closeMidway = "close_midway"
        /// Bytes that are no HTTP, then the end.
        case randomThenClose = "random_then_close"
    }

    case status(Int, body: JSON?, headers: [String: String])
    case delay(DelayDistribution)
    case connection(Connection)
    /// The body comes in so many parts, spread over that much real time.
    case dribble(chunks: Int, over: TimeSpan)
    case malformedJSON
    /// 429 with that many seconds in `Retry-After`.
    case rateLimited(retryAfter: Int)
    /// The token sent expires now; at the token endpoint, the one that is issued.
    case expireToken
    /// The cursor sent is answered as that of a row that is gone.
    case staleCursor

    package var name: String {
        switch self {
        case .status: "status"
        case .delay: "delay"
        case .connection: "connection"
        case .dribble: "dribble"
        case .malformedJSON: "malformed_json"
        case .rateLimited: "rate_limited"
        case .expireToken: "expire_token"
        case .staleCursor: "stale_cursor"
        }
    }
}

/// What happens to a delivery.
package enum DeliveryFault: Sendable, Equatable {
    package enum Connection: String, Sendable, CaseIterable {
        case refuse, reset
    }

    /// Never sent; counts as a failed attempt.
    case drop
    /// Never sent, yet marked delivered.
    case lose
    case delay(DelayDistribution)
    /// Sent so many times.
    case duplicate(Int)
    /// Held until so many are, then sent in another order.
    case reorder(window: Int)
    /// As if the receiver had not answered in time.
    case timeout
    case connection(Connection)
    /// Half of the body, whole as a message.
    case truncateBody
    /// One character of the body is another one.
    case corruptBody
    case wrongSecret
    case noSecret
    /// The receiver's 2xx is lost, so it is tried again.
    case failAfterAccept
    /// Never sent; as if the receiver had answered so.
    case status(Int)

    package var name: String {
        switch self {
        case .drop: "drop"
        case .lose: "lose"
        case .delay: "delay"
        case .duplicate: "duplicate"
        case .reorder: "reorder"
        case .timeout: "timeout"
        case .connection: "connection"
        case .truncateBody: "truncate_body"
        case .corruptBody: "corrupt_body"
        case .wrongSecret: "wrong_secret"
        case .noSecret: "no_secret"
        case .failAfterAccept: "fail_after_accept"
        case .status: "status"
        }
    }

    /// Whether the receiver has no say in an attempt that a fault of that name hit.
    package static func keepsFromReceiver(named name: String) -> Bool {
        ["drop", "lose", "timeout", "connection", "status"].contains(name)
    }

    /// Whether the receiver got something else than what was to be sent.
    package static func alters(named name: String) -> Bool {
        ["truncate_body", "corrupt_body", "wrong_secret", "no_secret"].contains(name)
    }
}
