/// How a receiver of a scenario's own answers.
package struct ReceiverScript: Sendable {
    package struct Reply: Sendable, Equatable {
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
        package var replies: [Reply]

        package init(topic: String?, entityID: String?, replies: [Reply]) {
            self.topic = topic
            self.entityID = entityID
            self.replies = replies
        }
    }

    /// The reply to an event's first, second … attempt; the last one repeats. Never empty.
    package var replies: [Reply]
    package var exceptions: [Exception] = []
    /// What a delivery must bring as its bearer token; one without it is answered 401.
    package var secretKey: String?

    package init(_ replies: [Reply]) { self.replies = replies }

    /// - Parameter body: the delivery's, of which the topic and the entity are read where exceptions ask for them.
    package func reply(attempt: Int, authorization: String?, body: [UInt8]) -> Reply {
        if let secretKey, authorization != "Bearer \(secretKey)" {
            return Reply(kind: .status(401), body: "the bearer token is not this receiver's secret")
        }
        let replies = exception(for: body)?.replies ?? replies
        return replies[min(max(attempt, 1), replies.count) - 1]
    }

    private func exception(for body: [UInt8]) -> Exception? {
        guard !exceptions.isEmpty, let event = try? JSON(parsing: body) else { return nil }
        return exceptions.first { exception in
            exception.topic.map { event["topic"] == .string($0) } ?? true
                && exception.entityID.map { event["entity_id"] == .string($0) } ?? true
        }
    }
}
