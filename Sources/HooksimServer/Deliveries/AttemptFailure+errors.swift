import AsyncHTTPClient
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
        case let error as HTTPClientError where error == .remoteConnectionClosed: self = .closed(hasStatus: hasStatus)
        case let error as HTTPClientError where error == .connectTimeout:
            self = .connectTimeout(within: min(timeout, SecureSender.connectTimeout))
        case let error as HTTPClientError where [.deadlineExceeded, .readTimeout, .cancelled].contains(error):
            self = .responseTimeout(within: timeout)
        case let error as HTTPClientError: self = .other(error.shortDescription)
        case let error as IOError: self.init(errno: error.errnoCode)
        case let error as NIOConnectionError: self.init(error, timeout: timeout)
        case is HTTPParserError: self = .invalidResponse
        case is NIOSSLError, is NIOSSLExtraError: self = .tls("\(error)")
        case is CancellationError: self = .responseTimeout(within: timeout)
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

    /// - Throws: ``forbiddenAddress(_:)`` when the socket is connected to such an address, whatever a name resolved to before.
    static func checkAddress(of channel: any Channel) throws {
        if let reason = channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0)?.reasonNotToDeliver }) {
            throw AttemptFailure.forbiddenAddress(reason)
        }
    }
}
