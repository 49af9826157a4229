package import StrictJSON

/// A validated body of `POST /webhooks`.
package struct SubscriptionRequest: Sendable {
    /// The URL to which events are delivered.
    package let endpointURL: EndpointURL
    /// The topic of the events.
    package let topic: Topic
    /// The secret that deliveries have as their bearer token; `nil` for none.
    package let secretKey: String?

    /// Returns whether a subscription may have this secret.
    package static func accepts(secretKey: String) -> Bool {
        Assumptions.secretLengths.contains(secretKey.utf8.count)
            && secretKey.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Validates a body.
    ///
    /// - Throws: a ``ValidationFailure`` that names each wrong field.
    package init(_ body: JSONObject, rule: PlainHTTPRule) throws {
        var failure = ValidationFailure()
        let url = failure.string(body, "endpoint_url", isRequired: true).flatMap { text in
            failure.collect("endpoint_url", .unacceptable) { try EndpointURL(text, rule: rule) }
        }
        let topic = failure.string(body, "topic", isRequired: true).flatMap { text in
            failure.collect("topic", .unacceptable) { try Topic(checking: text) }
        }
        // Serializers write an optional field that is not set as null or as an empty text.
        let isSecretGiven = body["secret_key"].map { !$0.isNull && $0 != "" } ?? false
        let secretKey = isSecretGiven ? failure.string(body, "secret_key", isRequired: false) : nil
        if let secretKey {
            let lengths = Assumptions.secretLengths
            if !Self.accepts(secretKey: secretKey) {
                failure.add(
                    "secret_key",
                    .unexpected(
                        expected:
                            "\(lengths.lowerBound) to \(lengths.upperBound) visible ASCII characters, since it is sent in a header"
                    ),
                    .unacceptable)
            }
        }
        try failure.check()
        guard let url, let topic else { throw failure }
        self.endpointURL = url
        self.topic = topic
        self.secretKey = secretKey
    }
}

extension ValidationFailure {
    /// Returns a member that must be a string, and adds a problem if it is required and missing, or has another type.
    package mutating func string(_ object: JSONObject, _ name: String, isRequired: Bool) -> String? {
        switch object[name] {
        case .string(let text): return text
        case nil:
            if isRequired { add(name, .missing(), .malformed) }
        case let other?: add(name, .unexpected(expected: "a string", found: other.kind), .malformed)
        }
        return nil
    }
}
