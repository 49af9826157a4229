import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import Webhooks

extension AttemptFailure {
    /// Creates the failure of an attempt from the error of its connection.
    /// - Parameters:
    ///   - timeout: The timeout of the attempt.
    ///   - hasStatus: Whether the head of the response had arrived before the error.
    init(_ error: any Error, timeout: TimeSpan, hasStatus: Bool) {
        switch error {
        case let failure as AttemptFailure: self = failure
        case HTTPParserError.invalidEOFState: self = .closed(hasStatus: hasStatus)
        case let error as IOError: self.init(errno: error.errnoCode)
        case let error as NIOConnectionError: self.init(error, timeout: timeout)
        case is HTTPParserError: self = .invalidResponse
        // The connection ended without a TLS close_notify, which is treated like the end of a connection without TLS.
        case NIOSSLError.uncleanShutdown: self = .closed(hasStatus: hasStatus)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: self = .tls("\(error)")
        case ChannelError.connectTimeout: self = .connectTimeout(within: timeout)
        case is ChannelError: self = .closed(hasStatus: hasStatus)
        default: self = .other("\(type(of: error))")
        }
    }

    /// Creates the failure to forward a delivery, which has no time limit, from the error of its connection.
    ///
    /// - Parameter hasStatus: Whether the head of the response had arrived before the error.
    package init(forwarding error: any Error, hasStatus: Bool) {
        self.init(error, timeout: .zero, hasStatus: hasStatus)
    }

    private static func closed(hasStatus: Bool) -> Self { hasStatus ? .incompleteResponse : .noResponse }

    /// If none of several addresses accepts a connection, a refused connection is the most specific error to report.
    private init(_ error: NIOConnectionError, timeout: TimeSpan) {
        let failures = error.connectionErrors.map { AttemptFailure($0.error, timeout: timeout, hasStatus: false) }
        if failures.contains(.connectionRefused) {
            self = .connectionRefused
        } else {
            self = failures.first ?? .unresolvedName(error.host)
        }
    }

    private init(errno code: CInt) {
        switch code {
        case ECONNREFUSED: self = .connectionRefused
        case ECONNRESET, EPIPE: self = .connectionReset
        case ETIMEDOUT: self = .connectionTimedOut
        case EHOSTUNREACH, ENETUNREACH: self = .unreachable
        default: self = .systemError(code)
        }
    }

    /// Returns whether an error means that the process could not open a socket; such an error does not concern the
    /// receiver.
    static func isLackOfFiles(_ error: any Error) -> Bool {
        guard case .systemError(let code) = AttemptFailure(error, timeout: .milliseconds(0), hasStatus: false) else {
            return false
        }
        return code == EMFILE || code == ENFILE
    }
}
