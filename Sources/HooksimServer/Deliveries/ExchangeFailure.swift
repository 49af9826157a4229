import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Webhooks

/// Why an exchange with a receiver failed, in words that are the same on every run: no ports, no pointers.
enum ExchangeFailure {
    static let connectionRefused = "connection refused"
    static let connectionReset = "connection reset by the receiver"

    /// How the error of an attempt that ran out of time begins.
    static let noWholeAnswer = "no whole answer"
    static func timedOut(_ timeout: TimeSpan) -> String { "\(noWholeAnswer) within \(timeout)" }

    /// - Parameter hasStatus: whether the answer's head had come by then.
    static func describe(_ error: any Error, timeout: TimeSpan, hasStatus: Bool) -> String {
        switch error {
        case let error as ForbiddenAddress: return error.description
        case HTTPParserError.invalidEOFState: return closed(hasStatus: hasStatus)
        case let error as HTTPClientError where error == .remoteConnectionClosed: return closed(hasStatus: hasStatus)
        case let error as HTTPClientError
        where [.deadlineExceeded, .connectTimeout, .readTimeout, .cancelled].contains(error):
            return timedOut(timeout)
        case let error as HTTPClientError: return "the exchange failed: \(error.shortDescription)"
        case let error as IOError: return describe(errno: error.errnoCode)
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return describe(error: first.error) }
            return "the receiver's host name can't be resolved"
        case is HTTPParserError: return "the receiver's answer is not valid HTTP"
        case is NIOSSLError, is NIOSSLExtraError: return "the TLS connection failed: \(error)"
        case is CancellationError: return timedOut(timeout)
        case ChannelError.connectTimeout: return timedOut(timeout)
        case is ChannelError: return closed(hasStatus: hasStatus)
        default: return "the exchange failed: \(type(of: error))"
        }
    }

    static func closed(hasStatus: Bool) -> String {
        hasStatus
            ? "the receiver closed the connection before the answer was whole"
            : "the receiver closed the connection without an answer"
    }

    private static func describe(error: any Error) -> String {
        (error as? IOError).map { describe(errno: $0.errnoCode) } ?? "the receiver can't be reached"
    }

    private static func describe(errno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: connectionRefused
        case ECONNRESET, EPIPE: connectionReset
        case ETIMEDOUT: "the connection timed out"
        case EHOSTUNREACH, ENETUNREACH: "the receiver's host can't be reached"
        default: "the connection failed (errno \(code))"
        }
    }
}

/// The receiver's address is one that deliveries are never sent to.
struct ForbiddenAddress: Error, CustomStringConvertible {
    let reason: String

    var description: String { "not sent: the receiver is at \(reason)" }

    /// - Throws: itself, when the socket is connected to such an address. It is the only one that counts: a name may resolve to anything
    ///   by now.
    static func check(_ channel: any Channel) throws {
        if let reason = channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0)?.reasonNotToDeliver }) {
            throw ForbiddenAddress(reason: reason)
        }
    }
}
