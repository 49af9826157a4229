import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The reason why no complete response was received.
public enum ConnectionProblem: Error, Sendable, Equatable {
    /// No program listens on the port.
    case refused
    /// The name of the host has no address.
    case unknownHost
    /// The network has no way to the address.
    case unreachable
    /// No connection or no complete response before the timeout.
    case timedOut
    /// The connection ended before the response was complete.
    case closed
    /// The certificate is not signed by a trusted authority, or is not valid now.
    case untrustedCertificate
    /// The certificate is for other hosts.
    case wrongHost
    /// The program on the port does not use TLS.
    case notSecure
    /// The program on the port does not use HTTP.
    case notHTTP
    /// Another reason, for people.
    case other(String)
}

extension ConnectionProblem: CustomStringConvertible {
    /// The reason, for people.
    public var description: String {
        switch self {
        case .refused: "connection refused"
        case .unknownHost: "the host has no address"
        case .unreachable: "the host can't be reached"
        case .timedOut: "no response in time"
        case .closed: "the connection was closed before the response was complete"
        case .untrustedCertificate: "the certificate is not trusted"
        case .wrongHost: "the certificate is for another host"
        case .notSecure: "the service there does not use TLS"
        case .notHTTP: "the service there does not use HTTP"
        case .other(let reason): reason
        }
    }
}

extension ConnectionProblem {
    /// Creates the problem that an error of a transport stands for.
    package init(_ error: any Error) {
        self =
            switch error {
            case let problem as ConnectionProblem: problem
            case let error as HTTPClientError: Self(error)
            case let error as IOError: Self(code: error.errnoCode, "\(error)")
            case let error as NIOConnectionError: Self(error)
            case ChannelError.connectTimeout: .timedOut
            case is HTTPParserError: .notHTTP
            case is NIOSSLError, is NIOSSLExtraError: Self(secureConnection: "\(error)")
            default: .other("\(error)")
            }
    }

    private init(_ error: HTTPClientError) {
        self =
            switch error {
            case .connectTimeout, .deadlineExceeded, .readTimeout, .tlsHandshakeTimeout: .timedOut
            case .remoteConnectionClosed, .cancelled: .closed
            default: .other("\(error)")
            }
    }

    private init(_ error: NIOConnectionError) {
        let problems = error.connectionErrors.map { Self($0.error) }
        // A name may have several addresses; a refusal is what most users can do something about.
        self = problems.first { $0 == .refused } ?? problems.first ?? .unknownHost
    }

    private init(code: Int32, _ text: String) {
        self =
            switch code {
            case ECONNREFUSED: .refused
            case ECONNRESET, EPIPE: .closed
            case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL: .unreachable
            case ETIMEDOUT: .timedOut
            default: .other(text)
            }
    }

    /// Creates the problem of a TLS connection. The TLS library tells them apart by their texts alone.
    private init(secureConnection text: String) {
        let problems: [(part: String, problem: Self)] = [
            ("CERTIFICATE_VERIFY_FAILED", .untrustedCertificate), ("failedToValidateHostname", .wrongHost),
            ("WRONG_VERSION_NUMBER", .notSecure), ("HTTP_REQUEST", .notSecure), ("HTTPS_PROXY_REQUEST", .notSecure),
            ("uncleanShutdown", .closed), ("eofDuringHandshake", .closed), ("EOF during handshake", .closed),
        ]
        self = problems.first { text.contains($0.part) }?.problem ?? .other(text)
    }
}
