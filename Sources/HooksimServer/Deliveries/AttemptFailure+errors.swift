import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Webhooks

extension AttemptFailure {
    /// What the error of a connection means for the attempt on it.
    /// - Parameters:
    ///   - timeout: of the attempt.
    ///   - hasStatus: whether the head of the response had come by then.
    init(_ error: any Error, timeout: TimeSpan, hasStatus: Bool) {
        switch error {
        case let failure as AttemptFailure: self = failure
        case HTTPParserError.invalidEOFState: self = .closed(hasStatus: hasStatus)
        case let error as IOError: self.init(errno: error.errnoCode)
        case let error as NIOConnectionError: self.init(error, timeout: timeout)
        case is HTTPParserError: self = .invalidResponse
        // The end of the connection without that of the TLS session, which is no better than the end of a plain connection.
        case NIOSSLError.uncleanShutdown: self = .closed(hasStatus: hasStatus)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: self = .tls("\(error)")
        case ChannelError.connectTimeout: self = .connectTimeout(within: timeout)
        case is ChannelError: self = .closed(hasStatus: hasStatus)
        default: self = .other("\(type(of: error))")
        }
    }

    private static func closed(hasStatus: Bool) -> Self { hasStatus ? .incompleteResponse : .noResponse }

    /// Of several addresses that can't be connected to, one that refused says most.
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

    /// Whether the process could open no socket, which says nothing of the receiver.
    static func isLackOfFiles(_ error: any Error) -> Bool {
        guard case .systemError(let code) = AttemptFailure(error, timeout: .milliseconds(0), hasStatus: false) else {
            return false
        }
        return code == EMFILE || code == ENFILE
    }
}
