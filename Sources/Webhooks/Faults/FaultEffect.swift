/// What happens to a request of the simulated API: the few things that all effects on requests are made of.
package enum APIFault: Sendable {
    package enum Connection: String, Sendable, CaseIterable {
        /// A TCP RST in place of a response.
        case reset
        /// The connection ends without a byte.
        case empty
        /// The response declares its length and ends before it.
        case closeMidway = "close_midway"
        /// Bytes that are no HTTP, then the end.
        case randomThenClose = "random_then_close"
    }

    /// Another response; without a body it is the API's own error of that status.
    case respond(status: Int, body: JSON?, headers: [String: String])
    /// 429 with that many seconds in `Retry-After`.
    case rateLimit(retryAfter: Int)
    /// The real response, later.
    case delay(DelayDistribution)
    case connection(Connection)
    /// The real body in so many parts, spread over that much real time.
    case dribble(chunks: Int, over: TimeSpan)
    /// The real response with another body.
    case alterBody(@Sendable ([UInt8]) -> [UInt8])
    /// The token sent expires now; at the token endpoint, the one that is issued.
    case expireToken
    /// The cursor sent is refused as that of a row that is gone.
    case refuseCursor
}

/// What happens to a delivery: the few things that all effects on deliveries are made of.
package enum DeliveryFault: Sendable {
    package enum Connection: String, Sendable, CaseIterable {
        case refuse, reset
    }

    /// It is not sent, and the attempt has this result.
    case end(AttemptResult)
    /// It is not sent, and the attempt ends as if the receiver had not responded in time.
    case timeout
    case delay(DelayDistribution)
    /// It is held back until so many are, which are then sent in another order.
    case reorder(window: Int)
    /// It is sent so many times.
    case duplicate(Int)
    /// Something else is sent.
    case alter(@Sendable (_ payload: inout [UInt8], _ secret: inout String?, _ sample: inout SeededGenerator) -> Void)
    /// It is sent, and the attempt has another result than the receiver's response.
    case judge(@Sendable (AttemptResult) -> AttemptResult)
}

/// How much of a delivery a receiver gets to see when a fault hits it.
package enum DeliveryReach: Sendable {
    /// All of it, perhaps later or more than once.
    case whole
    /// Something else than what was to be sent.
    case altered
    /// Nothing.
    case nothing
}

extension DeliveryFault {
    /// How much of a delivery a receiver got to see that was hit by the effect of that name.
    package static func reach(of name: String) -> DeliveryReach {
        definitions.first { $0.name == name }?.reach ?? .whole
    }
}
