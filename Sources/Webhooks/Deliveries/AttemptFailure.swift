/// The reason for which an attempt to deliver an event failed.
///
/// The ``description`` is for people. Programs distinguish failures by their ``kind``, which the store has beside the
/// text.
package enum AttemptFailure: Error, Sendable, Equatable {
    /// The endpoint's URL, from a store of an earlier version, is not valid any more.
    case invalidEndpoint
    /// The receiver has an address to which deliveries are never sent; the value describes the address.
    case forbiddenAddress(String)
    /// A fault rule dropped the attempt.
    case dropped

    /// The receiver's name does not exist, or no name server responded.
    case unresolvedName(String)
    /// The lookup of the receiver's name had not ended at the deadline.
    case lookupTimeout(name: String, within: TimeSpan)
    /// No connection had been established at the deadline.
    case connectTimeout(within: TimeSpan)
    /// The receiver refused the connection.
    case connectionRefused
    /// No listener is connected for the endpoint, which is like a connection that is refused.
    case noListener
    /// The receiver's host is unreachable.
    case unreachable
    /// The system's own timeout ended the connection.
    case connectionTimedOut
    /// The connection failed with another error of the system, by its errno.
    case systemError(CInt)
    /// The TLS connection failed; the value is the reason.
    case tls(String)

    /// The connection was established, but the response was not complete at the deadline.
    case responseTimeout(within: TimeSpan)
    /// The receiver reset the connection.
    case connectionReset
    /// The receiver closed the connection before its response began.
    case noResponse
    /// The listener disconnected before its response.
    case listenerDisconnected
    /// The receiver closed the connection within its response.
    case incompleteResponse
    /// The response is not valid HTTP.
    case invalidResponse
    /// A fault rule discarded the response.
    case lostResponse
    /// The response was complete, and its status is not 2xx.
    case status(Int)

    /// Any other reason.
    case other(String)
}

extension AttemptFailure {
    /// The kind of a failure, without its data; the raw values are those in the store and in the control API.
    package enum Kind: String, Sendable, CaseIterable {
        case invalidEndpoint = "invalid_endpoint"
        case forbiddenAddress = "forbidden_address"
        case dropped
        case unresolvedName = "unresolved_name"
        case lookupTimeout = "lookup_timeout"
        case connectTimeout = "connect_timeout"
        case connectionRefused = "connection_refused"
        case unreachable
        case connectionTimedOut = "connection_timed_out"
        case systemError = "system_error"
        case tls
        case responseTimeout = "response_timeout"
        case connectionReset = "connection_reset"
        case noResponse = "no_response"
        case incompleteResponse = "incomplete_response"
        case invalidResponse = "invalid_response"
        case lostResponse = "lost_response"
        case status
        case other

        /// Whether the attempt ran until its deadline.
        package var isTimeout: Bool {
            switch self {
            case .lookupTimeout, .connectTimeout, .responseTimeout: true
            default: false
            }
        }
    }

    /// The kind of this failure.
    package var kind: Kind {
        switch self {
        case .invalidEndpoint: .invalidEndpoint
        case .forbiddenAddress: .forbiddenAddress
        case .dropped: .dropped
        case .unresolvedName: .unresolvedName
        case .lookupTimeout: .lookupTimeout
        case .connectTimeout: .connectTimeout
        case .connectionRefused, .noListener: .connectionRefused
        case .unreachable: .unreachable
        case .connectionTimedOut: .connectionTimedOut
        case .systemError: .systemError
        case .tls: .tls
        case .responseTimeout: .responseTimeout
        case .connectionReset: .connectionReset
        case .noResponse, .listenerDisconnected: .noResponse
        case .incompleteResponse: .incompleteResponse
        case .invalidResponse: .invalidResponse
        case .lostResponse: .lostResponse
        case .status: .status
        case .other: .other
        }
    }
}

extension AttemptFailure: CustomStringConvertible {
    /// The reason for people. It is the same in every run, so it contains no ports and no pointers.
    package var description: String {
        switch self {
        case .invalidEndpoint: "not sent: the endpoint's URL is not valid"
        case .forbiddenAddress(let reason): "not sent: the receiver is at \(reason)"
        case .dropped: "never sent: a fault dropped it"
        case .unresolvedName(let name): "the name \(name) can't be resolved"
        case .lookupTimeout(let name, let timeout): "the name \(name) was not resolved within \(timeout)"
        case .connectTimeout(let timeout): "no connection was established within \(timeout)"
        case .connectionRefused: "connection refused"
        case .noListener: "no listener is connected for this endpoint; its hooksim listen has ended"
        case .unreachable: "the receiver's host can't be reached"
        case .connectionTimedOut: "the connection timed out"
        case .systemError(let code): "the connection failed (errno \(code))"
        case .tls(let reason): "the TLS connection failed: \(reason)"
        case .responseTimeout(let timeout): "no complete response within \(timeout)"
        case .connectionReset: "connection reset by the receiver"
        case .noResponse: "the receiver closed the connection without a response"
        case .listenerDisconnected: "the listener disconnected without a response"
        case .incompleteResponse: "the receiver closed the connection before the response was complete"
        case .invalidResponse: "the receiver's response is not valid HTTP"
        case .lostResponse: "the receiver's response was lost by a fault"
        case .status(let status) where (300...399).contains(status):
            "the receiver responded with status \(status); redirects are not followed"
        case .status(let status): "the receiver responded with status \(status)"
        case .other(let reason): "the attempt failed: \(reason)"
        }
    }
}
