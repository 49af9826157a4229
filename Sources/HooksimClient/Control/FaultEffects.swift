import StrictJSON
import Webhooks

/// The duration of a delay, in virtual time.
public enum FaultDelay: Sendable, Hashable {
    /// Each delay has the same duration.
    case fixed(Duration)
    /// The duration is drawn for each delay; all durations between the bounds are equally likely.
    case uniform(min: Duration, max: Duration)
    /// The duration is drawn for each delay; most are near the median, and a few are much longer, as latencies are.
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

/// The effect of a fault rule on a request of the simulated API.
public enum RequestEffect: Sendable {
    /// The way in which a connection ends instead of a response.
    public enum Connection: String, Sendable {
        /// The connection is reset.
        case reset
        /// The connection is closed before the response.
        case empty
        /// The connection is closed within the response.
        case closeMidway = "close_midway"
        /// Bytes that are not HTTP are sent, and the connection is closed.
        case randomThenClose = "random_then_close"
    }

    /// The response has this status, 200 to 599, and this body and these headers, where they are given.
    case status(Int, body: JSON? = nil, headers: [String: String] = [:])
    /// The response is delayed.
    case delay(FaultDelay)
    /// The connection ends in the place of the response, or within it.
    case connection(Connection)
    /// The response is sent in this number of chunks, spread over this real time.
    case dribble(chunks: Int, over: Duration)
    /// The body of the response is not valid JSON.
    case malformedJSON
    /// The response has status 429 and this number of seconds in `Retry-After`.
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

/// The effect of a fault rule on an attempt to deliver an event.
public enum DeliveryEffect: Sendable, Hashable {
    /// The way in which the connection to a receiver fails.
    public enum Connection: String, Sendable {
        /// The connection is refused.
        case refuse
        /// The connection is reset before the response.
        case reset
    }

    /// The attempt is not sent, and counts as failed.
    case drop
    /// The attempt is not sent, yet its event is marked as delivered.
    case lose
    /// The attempt is delayed.
    case delay(FaultDelay)
    /// The event is sent this number of times, 2 to 100.
    case duplicate(Int)
    /// The attempt is held back until this number of attempts is, 2 to 1,000, which are then sent in another order.
    case reorder(window: Int)
    /// The attempt ends as if the receiver had not responded in time.
    case timeout
    /// The attempt ends as if the connection had been refused or reset.
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
    /// The attempt ends as if the receiver's response had this status, 100 to 599.
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
