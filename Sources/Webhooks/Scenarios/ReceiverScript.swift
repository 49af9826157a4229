/// How a receiver of a scenario's own answers.
package struct ReceiverScript: Sendable {
    package struct Response: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            case status(Int)
            case hang, reset
        }

        package var kind: Kind
        /// Real time before the reply.
        package var delay = TimeSpan.zero
        package var body = ""
        package var headers: [String: String] = [:]
    }

    /// Other replies, for some events only.
    package struct Exception: Sendable {
        package var topic: String?
        package var entityID: String?
        package var responses: [Response]

        package init(topic: String?, entityID: String?, responses: [Response]) {
            self.topic = topic
            self.entityID = entityID
            self.responses = responses
        }
    }

    /// The reply to an event's first, second … attempt; the last one repeats. Never empty.
    package var responses: [Response]
    package var exceptions: [Exception] = []
    /// What a delivery must bring as its bearer token; one without it is answered 401.
    package var secretKey: String?

    package init(_ responses: [Response]) { self.responses = responses }

    /// - Parameter body: the delivery's, of which the topic and the entity are read where exceptions ask for them.
    package func response(attempt: Int, authorization: String?, body: [UInt8]) -> Response {
        if let secretKey, authorization != "Bearer \(secretKey)" {
            return Response(kind: .status(401), body: "the bearer token is not this receiver's secret")
        }
        let responses = exception(for: body)?.responses ?? responses
        return responses[min(max(attempt, 1), responses.count) - 1]
    }

    private func exception(for body: [UInt8]) -> Exception? {
        guard !exceptions.isEmpty, let event = try? JSON(parsing: body) else { return nil }
        return exceptions.first { exception in
            exception.topic.map { event["topic"] == .string($0) } ?? true
                && exception.entityID.map { event["entity_id"] == .string($0) } ?? true
        }
    }
}
