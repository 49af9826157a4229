/// The error of a request to a simulator.
public enum HooksimError: Error, Sendable, Equatable {
    /// No connection was established, or it ended before the response was complete.
    ///
    /// - Parameters:
    ///   - url: The address with which the client was created.
    ///   - reason: The reason.
    case notReachable(url: String, reason: ConnectionProblem)

    /// A server at the address responds, but its response is not one of a simulator.
    ///
    /// - Parameters:
    ///   - url: The address with which the client was created.
    ///   - request: The method and the path of the request.
    ///   - status: The status of the response.
    case otherService(url: String, request: String, status: Int)

    /// The simulator refused the request, for a reason in its response.
    case refused(Refusal)

    /// The simulator's response does not have the form that this version of the client expects.
    ///
    /// - Parameters:
    ///   - request: The method and the path of the request.
    ///   - problem: The name of the wrong member of the response, and the expected value.
    case unexpectedResponse(request: String, problem: String)

    /// An expectation was not met before its timeout.
    case expectationNotMet(UnmetExpectation)
}

extension HooksimError {
    /// The simulator's reason for a refusal.
    public struct Refusal: Sendable, Equatable {
        /// The method and the path of the request, for example `POST /__admin/events`.
        public let request: String
        /// The status of the response, for example 422.
        public let status: Int
        /// The code of the error, for programs, for example `unprocessable_entity`.
        public let code: String
        /// The problem and its solution, for people.
        public let message: String
        /// The problem of each wrong field, by the field's name or path; empty if no field is wrong.
        public let validationErrors: [String: String]
        /// The time to wait before the same request may succeed; `nil` if the response does not say.
        public let retryAfter: Duration?
    }
}

extension HooksimError: CustomStringConvertible {
    /// The problem and its solution, for people, without the query and the body of the request.
    public var description: String {
        switch self {
        case .notReachable(let url, let reason):
            "no simulator can be reached at \(url) (\(reason)); start one, or correct the address"
        case .otherService(let url, let request, let status):
            "\(url) is not a hooksim simulator: its response to \(request) has status \(status) and is not one of a simulator"
        case .refused(let refusal):
            "\(refusal.request) was refused with status \(refusal.status): \(refusal.message)"
        case .unexpectedResponse(let request, let problem):
            "the response to \(request) is not what this client expects: \(problem); "
                + "use a client and a simulator of the same version"
        case .expectationNotMet(let unmet): unmet.message
        }
    }
}
