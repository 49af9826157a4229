import StrictJSON
package import Webhooks

/// The script of a receiver that a scenario starts: its responses.
package struct ReceiverScript: Sendable {
    /// A response to an attempt.
    package struct Response: Sendable, Equatable {
        /// The kind of a response; `hang` and `reset` stand for none.
        package enum Kind: Sendable, Equatable {
            case status(Int)
            case hang, reset
        }

        /// The kind of the response.
        package var kind: Kind
        /// The real time before the response.
        package var delay = TimeSpan.zero
        /// The body of the response.
        package var body = ""
        /// The headers of the response.
        package var headers: [String: String] = [:]
    }

    /// Other responses, for some events only.
    package struct Exception: Sendable {
        /// The topic of the events; `nil` for any.
        package var topic: String?
        /// The id of the object that the events are about; `nil` for any.
        package var entityID: String?
        /// The responses by attempt; the last one repeats.
        package var responses: [Response]

        /// Creates an exception.
        package init(topic: String?, entityID: String?, responses: [Response]) {
            self.topic = topic
            self.entityID = entityID
            self.responses = responses
        }
    }

    /// The response to an event's first, second … attempt, of which there is at least one. The last one repeats.
    package var responses: [Response]
    /// The exceptions, of which the first one that matches an event is used.
    package var exceptions: [Exception] = []
    /// The bearer token that a delivery must have; the response to one without it is 401.
    package var secretKey: String?

    /// Creates a script without exceptions.
    package init(_ responses: [Response]) { self.responses = responses }

    /// Returns the response to an attempt.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt, counted from 1.
    ///   - authorization: the `Authorization` header.
    ///   - body: the body, whose topic and entity id are compared with those of the exceptions.
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
