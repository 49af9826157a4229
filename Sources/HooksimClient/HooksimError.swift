/// Why a request to a simulator did not lead to what was asked for.
public enum HooksimError: Error, Sendable, Equatable {
    /// No connection was established, or it ended before the response was complete.
    ///
    /// - Parameters:
    ///   - url: The address that the client was created with.
    ///   - reason: What went wrong, for people.
    case notReachable(url: String, reason: String)

    /// Something responds at that address, and it is not a simulator: its response is not JSON.
    ///
    /// - Parameters:
    ///   - url: The address that the client was created with.
    ///   - request: The method and the path of the request.
    ///   - status: The status of the response.
    case otherService(url: String, request: String, status: Int)

    /// The simulator refused the request and said why.
    case refused(Refusal)

    /// The simulator's response does not have the form that this version of the client expects.
    ///
    /// - Parameters:
    ///   - request: The method and the path of the request.
    ///   - problem: Which member of the response is wrong, and what was expected.
    case unexpectedResponse(request: String, problem: String)

    /// An expectation was not met before its time was up.
    case expectationNotMet(UnmetExpectation)
}

extension HooksimError {
    /// What the simulator says of a request that it refuses.
    public struct Refusal: Sendable, Equatable {
        /// The method and the path of the request, for example `POST /__admin/events`.
        public let request: String
        /// The status of the response, for example 422.
        public let status: Int
        /// The kind of error, for programs, for example `unprocessable_entity`.
        public let code: String
        /// What is wrong and what to do, for people.
        public let message: String
        /// What is wrong with each field, by the field's name or path; empty unless fields are wrong.
        public let validationErrors: [String: String]
    }
}

extension HooksimError: CustomStringConvertible {
    /// What went wrong and what to do, for people; it has no query and no body of a request in it.
    public var description: String {
        switch self {
        case .notReachable(let url, let reason):
            "no simulator can be reached at \(url) (\(reason)); start one, or correct the address"
        case .otherService(let url, let request, let status):
            "\(url) is not a hooksim simulator: its response to \(request) has status \(status) and is not JSON"
        case .refused(let refusal):
            "\(refusal.request) was refused with status \(refusal.status): \(refusal.message)"
        case .unexpectedResponse(let request, let problem):
            "the response to \(request) is not what this client expects: \(problem); "
                + "use a client and a simulator of the same version"
        case .expectationNotMet(let unmet): unmet.message
        }
    }
}
