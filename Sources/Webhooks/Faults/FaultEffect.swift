package import StrictJSON

/// A fault of a request to the simulated API: the few primitives into which all effects on requests are translated.
package enum APIFault: Sendable {
    /// The way in which a connection ends.
    package enum Connection: String, Sendable, CaseIterable {
        /// The connection is reset by a TCP RST instead of a response.
        case reset
        /// The connection is closed without a byte of a response.
        case empty
        /// The connection is closed before the declared length of the response is reached.
        case closeMidway = "close_midway"
        /// Bytes that are not HTTP are sent, and the connection is closed.
        case randomThenClose = "random_then_close"
    }

    /// Another response is sent; without a body it is the API's own error of that status.
    case respond(status: Int, body: JSON?, headers: [String: String])
    /// The response is 429 with this number of seconds in `Retry-After`.
    case rateLimit(retryAfter: Int)
    /// The real response is delayed.
    case delay(DelayDistribution)
    case connection(Connection)
    /// The real body is sent in this number of chunks, spread over this much real time.
    case dribble(chunks: Int, over: TimeSpan)
    /// The real response is sent with another body.
    case alterBody(@Sendable ([UInt8]) -> [UInt8])
    /// The token of the request expires; at the token endpoint, the issued token expires.
    case expireToken
    /// The cursor of the request is refused as that of a row that does not exist any more.
    case refuseCursor
}

/// A fault of a delivery: the few primitives into which all effects on deliveries are translated.
package enum DeliveryFault: Sendable {
    /// The way in which a connection fails.
    package enum Connection: String, Sendable, CaseIterable {
        case refuse, reset
    }

    /// The delivery is not sent, and the attempt has this result.
    case end(AttemptResult)
    /// The delivery is not sent, and the attempt ends as if the receiver had not responded in time.
    case timeout
    case delay(DelayDistribution)
    /// The delivery is held back until a window of deliveries is full, which are then sent in another order.
    case reorder(window: Int)
    /// The delivery is sent this number of times.
    case duplicate(Int)
    /// The delivery is sent with another body or another secret.
    case alter(@Sendable (_ payload: inout [UInt8], _ secret: inout String?, _ sample: inout SeededGenerator) -> Void)
    /// The delivery is sent, and the attempt has another result than the receiver's response.
    case judge(@Sendable (AttemptResult) -> AttemptResult)
}

/// The part of a delivery that reaches the receiver despite a fault.
package enum DeliveryReach: Sendable {
    /// The receiver gets the whole delivery, possibly later or more than once.
    case whole
    /// The receiver gets a delivery with another body or another secret.
    case altered
    /// The receiver gets no delivery.
    case nothing
}

extension DeliveryFault {
    /// Returns the part of a delivery that reaches the receiver despite the effect of this name.
    package static func reach(of name: String) -> DeliveryReach {
        definitions.first { $0.name == name }?.reach ?? .whole
    }
}
