package import StrictJSON

/// A named set of one or more fault rules.
public enum FaultPreset: String, Sendable, CaseIterable {
    case flaky, outage, slow
    case rateLimited = "rate-limited"
    case expiredToken = "expired-token"
    case duplicates
    case outOfOrder = "out-of-order"
    case wrongSecret = "wrong-secret"
    case lostAck = "lost-ack"
    case chaos

    /// A phrase that describes the preset.
    public var summary: String {
        switch self {
        case .flaky: "a tenth of the API requests get 503"
        case .outage: "every API and token request gets 503 with Retry-After"
        case .slow: "API requests take long, a few of them very long"
        case .rateLimited: "every other API request gets 429 with Retry-After: 1"
        case .expiredToken: "the token of the next API request has expired"
        case .duplicates: "every delivery is sent twice"
        case .outOfOrder: "deliveries arrive in another order, five at a time"
        case .wrongSecret: "deliveries carry a wrong bearer secret"
        case .lostAck: "the receiver's first response to each event is lost, so it is sent again"
        case .chaos: "a seeded mix of all of these"
        }
    }

    /// The rules, in the form of `POST /__admin/faults`.
    package var rules: [JSON] {
        let unavailable: JSON = ["status": 503, "headers": ["Retry-After": "1"]]
        return switch self {
        case .flaky: [["target": "api", "effect": ["status": 503], "probability": .number("0.1")]]
        case .outage: [["target": "api", "effect": unavailable], ["target": "token", "effect": unavailable]]
        case .slow:
            [
                [
                    "target": "api",
                    "effect": ["delay": ["lognormal": ["median": "300ms", "sigma": .number("0.8"), "max": "5s"]]],
                ]
            ]
        case .rateLimited:
            [["target": "api", "effect": ["rate_limited": ["retry_after": 1]], "probability": .number("0.5")]]
        case .expiredToken: [["target": "api", "effect": ["expire_token": true], "times": 1]]
        case .duplicates: [["target": "delivery", "effect": ["duplicate": 2]]]
        case .outOfOrder: [["target": "delivery", "effect": ["reorder": ["window": 5]]]]
        case .wrongSecret: [["target": "delivery", "effect": ["wrong_secret": true]]]
        case .lostAck: [["target": "delivery", "match": ["attempt": 1], "effect": ["fail_after_accept": true]]]
        case .chaos: Self.chaosRules
        }
    }

    /// Returns the parsed rules.
    ///
    /// - Throws: nothing in practice, because a test parses the rules of each preset.
    package func parsedRules() throws -> [FaultRule] {
        try rules.map { try FaultRuleParser.parse($0.object ?? JSONObject()) }
    }

    private static var chaosRules: [JSON] {
        let rare = JSON.number("0.05")
        let rules: [JSON] = [
            ["status": 503], ["rate_limited": ["retry_after": 1]], ["connection": "reset"],
            ["connection": "close_midway"],
            ["malformed_json": true], ["delay": ["uniform": ["min": "10ms", "max": "200ms"]]],
        ]
        let deliveries: [JSON] = [
            ["duplicate": 2], ["reorder": ["window": 3]], ["fail_after_accept": true], ["corrupt_body": true],
            ["truncate_body": true], ["wrong_secret": true], ["connection": "reset"], ["status": 500],
            ["delay": ["uniform": ["min": "10ms", "max": "500ms"]]],
        ]
        return rules.map { ["target": "api", "effect": $0, "probability": rare] }
            + [["target": "api", "effect": ["expire_token": true], "probability": .number("0.02")]]
            + deliveries.map { ["target": "delivery", "effect": $0, "probability": rare] }
    }
}
