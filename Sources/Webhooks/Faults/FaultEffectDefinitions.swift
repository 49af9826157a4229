import StrictJSON

extension APIFault {
    /// All effects on requests of the simulated API, in the order in which they are listed.
    package static let definitions: [FaultEffectDefinition<APIFault>] = [
        FaultEffectDefinition(
            name: "status", help: "The response has this status, in place of the real response.",
            shape: .integer(200...599), companions: ["body", "headers"]
        ) { parser, value, field, effect in
            let headers = parser.headers(effect["headers"])
            return parser.integer(value, field, in: 200...599).map {
                .respond(status: $0, body: effect["body"], headers: headers)
            }
        },
        .delay { .delay($0) },
        .choice("connection", help: "The connection ends in place of a response, or in the midst of it.") {
            .connection($0)
        },
        FaultEffectDefinition(
            name: "dribble", help: "The response is sent in chunks, with pauses between them.",
            shape: .object(
                name: "Dribble", help: "In how many chunks, and over how much time.",
                [
                    .init(name: "chunks", shape: .integer(1...1000), help: "How many chunks."),
                    .init(name: "over", shape: .duration, help: "How long all of it takes, in real time."),
                ])
        ) { parser, value, field, _ in
            guard let object = parser.members(value, field, ["chunks", "over"]) else { return nil }
            let chunks = parser.required(object["chunks"], "\(field).chunks").flatMap {
                parser.integer($0, "\(field).chunks", in: 1...1000)
            }
            let over = parser.required(object["over"], "\(field).over").flatMap { parser.span($0, "\(field).over") }
            guard let chunks, let over else { return nil }
            return .dribble(chunks: chunks, over: over)
        },
        // The body lacks its last bracket: the HTTP message is complete, and its JSON is not valid.
        .flag(
            "malformed_json", .alterBody { Array($0.dropLast()) }, help: "The body of the response is not valid JSON."),
        FaultEffectDefinition(
            name: "rate_limited", help: "The response is 429.",
            shape: .object(
                name: "RateLimit", help: "What the 429 says.",
                [
                    .init(
                        name: "retry_after", shape: .integer(0...86_400),
                        help: "`Retry-After` in seconds; 1 if left out.",
                        isRequired: false)
                ])
        ) { parser, value, field, _ in
            guard let object = parser.members(value, field, ["retry_after"]) else { return nil }
            guard let seconds = object["retry_after"] else { return .rateLimit(retryAfter: 1) }
            return parser.integer(seconds, "\(field).retry_after", in: 0...86_400).map { .rateLimit(retryAfter: $0) }
        },
        .flag("expire_token", .expireToken, help: "The token of the request expires, or the one that it is issued."),
        .flag("stale_cursor", .refuseCursor, isOfTokens: false, help: "The cursor of the request is refused."),
    ]
}

extension DeliveryFault {
    /// All effects on deliveries, in the order in which they are listed.
    package static let definitions: [FaultEffectDefinition<DeliveryFault>] = [
        .flag(
            "drop", .end(AttemptResult(failure: .dropped)), reach: .nothing,
            help: "The delivery is not sent, and counts as a failed attempt."),
        .flag(
            "lose", .end(AttemptResult(statusCode: 200)), reach: .nothing,
            help: "The delivery is not sent, yet its event is marked as delivered."),
        .delay { .delay($0) },
        .integer("duplicate", in: 2...100, help: "The delivery is sent so many times.") { .duplicate($0) },
        FaultEffectDefinition(
            name: "reorder", help: "Deliveries are sent in another order than they were due.",
            shape: .object(
                name: "ReorderWindow", help: "Among how many deliveries the order changes.",
                [.init(name: "window", shape: .integer(2...1000), help: "How many deliveries are held back.")])
        ) { parser, value, field, _ in
            guard let object = parser.members(value, field, ["window"]) else { return nil }
            return parser.required(object["window"], "\(field).window").flatMap {
                parser.integer($0, "\(field).window", in: 2...1000)
            }.map { .reorder(window: $0) }
        },
        .flag(
            "timeout", .timeout, reach: .nothing,
            help: "The attempt ends as if the receiver had sent no response in time."),
        .choice(
            "connection", reach: .nothing,
            help: "The attempt ends as if the receiver had refused or reset the connection."
        ) { (connection: DeliveryFault.Connection) in
            .end(AttemptResult(failure: connection == .refuse ? .connectionRefused : .connectionReset))
        },
        .flag(
            "truncate_body", .alter { payload, _, _ in payload = Array(payload.prefix(payload.count / 2)) },
            reach: .altered, help: "Only the first half of the body is sent."),
        .flag(
            "corrupt_body", .alter { payload, _, sample in payload.corrupt(using: &sample) }, reach: .altered,
            help: "One character of the body that is sent is another one."),
        .flag(
            "wrong_secret", .alter { _, secret, sample in secret = "wrong-" + String(sample.next(), radix: 16) },
            reach: .altered, help: "Another secret is sent than the subscription's."),
        .flag("no_secret", .alter { _, secret, _ in secret = nil }, reach: .altered, help: "The secret is left out."),
        .flag(
            "fail_after_accept",
            .judge { result in
                var result = result
                if result.isSuccess { result.failure = .lostResponse }
                return result
            }, help: "The receiver's 2xx response counts as a failed attempt."),
        .integer(
            "status", in: 100...599, reach: .nothing,
            help: "The attempt ends as if the receiver's response had this status."
        ) { .end(AttemptResult(statusCode: $0)) },
    ]
}

extension [UInt8] {
    /// Replaces one letter or digit by another one, so that a receiver that does not validate the body carefully
    /// accepts it.
    fileprivate mutating func corrupt(using sample: inout SeededGenerator) {
        let isLetterOrDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) }
        guard let index = indices.filter({ isLetterOrDigit(self[$0]) }).randomElement(using: &sample) else { return }
        let (first, count): (UInt8, UInt8) = self[index] <= 0x39 ? (0x30, 10) : (0x61, 26)
        self[index] = first + (self[index] - first + UInt8.random(in: 1..<count, using: &sample)) % count
    }
}
