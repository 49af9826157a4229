public import Webhooks

/// How long a delay is, in virtual time.
public enum FaultDelay: Sendable, Hashable {
    /// Always the same.
    case fixed(Duration)
    /// Drawn anew each time; each duration between the two is as likely.
    case uniform(min: Duration, max: Duration)
    /// Drawn anew each time; most are near the median, and a few are much longer, as latencies are.
    case lognormal(median: Duration, sigma: Double, max: Duration)

    var json: JSON {
        switch self {
        case .fixed(let duration): duration.wire
        case .uniform(let min, let max): ["uniform": ["min": min.wire, "max": max.wire]]
        case .lognormal(let median, let sigma, let max):
            ["lognormal": ["median": median.wire, "sigma": .number(String(sigma)), "max": max.wire]]
        }
    }
}

/// What happens to a request of the simulated API.
public enum RequestEffect: Sendable {
    /// How a connection ends in the place of a response.
    public enum Connection: String, Sendable {
        /// It is reset.
        case reset
        /// It is closed before the response.
        case empty
        /// It is closed within the response.
        case closeMidway = "close_midway"
        /// Bytes that are not HTTP are sent, and it is closed.
        case randomThenClose = "random_then_close"
    }

    /// The response has this status, 200 to 599, and this body and these headers, where they are given.
    case status(Int, body: JSON? = nil, headers: [String: String] = [:])
    /// The response is delayed.
    case delay(FaultDelay)
    /// The connection ends in the place of the response, or within it.
    case connection(Connection)
    /// The response is sent in so many chunks, spread over that much real time.
    case dribble(chunks: Int, over: Duration)
    /// The body of the response is not valid JSON.
    case malformedJSON
    /// The response has status 429 and that many seconds in `Retry-After`.
    case rateLimited(retryAfter: Int)
    /// The token of the request expires; at the token endpoint, the one that is issued.
    case expireToken
    /// The cursor of the request is refused as that of a row which does not exist.
    case staleCursor

    var json: JSON {
        switch self {
        case .status(let status, let body, let headers):
            var effect = JSONObject([("status", .number(status))])
            effect["body"] = body
            if !headers.isEmpty {
                let fields = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSON.string($0.value)) }
                effect["headers"] = .object(JSONObject(fields))
            }
            return .object(effect)
        case .delay(let delay): return ["delay": delay.json]
        case .connection(let end): return ["connection": .string(end.rawValue)]
        case .dribble(let chunks, let duration):
            return ["dribble": ["chunks": .number(chunks), "over": duration.wire]]
        case .malformedJSON: return ["malformed_json": true]
        case .rateLimited(let seconds): return ["rate_limited": ["retry_after": .number(seconds)]]
        case .expireToken: return ["expire_token": true]
        case .staleCursor: return ["stale_cursor": true]
        }
    }
}

/// What happens to an attempt to deliver an event.
public enum DeliveryEffect: Sendable, Hashable {
    /// How the connection to a receiver fails.
    public enum Connection: String, Sendable {
        /// It is refused.
        case refuse
        /// It is reset before the response.
        case reset
    }

    /// It is not sent, and counts as a failed attempt.
    case drop
    /// It is not sent, yet its event is marked as delivered.
    case lose
    /// It is delayed.
    case delay(FaultDelay)
    /// It is sent so many times, 2 to 100.
    case duplicate(Int)
    /// It is held back until so many are, 2 to 1,000, which are then sent in another order.
    case reorder(window: Int)
    /// It ends as if the receiver had not responded in time.
    case timeout
    /// It ends as if the connection had been refused or reset.
    case connection(Connection)
    /// Only the beginning of the body is sent.
    case truncateBody
    /// One character of the body is replaced.
    case corruptBody
    /// Another secret is sent than that of the subscription.
    case wrongSecret
    /// The secret is left out.
    case noSecret
    /// The receiver's response of 2xx is lost, so the event is sent again.
    case failAfterAccept
    /// It ends as if the receiver's response had this status, 100 to 599.
    case status(Int)

    var json: JSON {
        switch self {
        case .drop: ["drop": true]
        case .lose: ["lose": true]
        case .delay(let delay): ["delay": delay.json]
        case .duplicate(let count): ["duplicate": .number(count)]
        case .reorder(let window): ["reorder": ["window": .number(window)]]
        case .timeout: ["timeout": true]
        case .connection(let end): ["connection": .string(end.rawValue)]
        case .truncateBody: ["truncate_body": true]
        case .corruptBody: ["corrupt_body": true]
        case .wrongSecret: ["wrong_secret": true]
        case .noSecret: ["no_secret": true]
        case .failAfterAccept: ["fail_after_accept": true]
        case .status(let status): ["status": .number(status)]
        }
    }
}
