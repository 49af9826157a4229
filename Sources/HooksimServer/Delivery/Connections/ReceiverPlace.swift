import Webhooks

/// The scheme, host and port of a receiver: the key by which attempts share connections.
struct ReceiverPlace: Hashable {
    /// Whether connections use TLS.
    let isSecure: Bool
    /// The name of the host, or its address without brackets.
    let host: String
    let port: Int

    init(_ endpoint: EndpointURL) {
        isSecure = endpoint.isSecure
        host = endpoint.host
        port = endpoint.port
    }

    var destination: Destination { Destination(host: host) }

    /// The server name of the TLS handshake, for which the certificate of the receiver must be valid; `nil` for an
    /// address, which is not sent as a server name (RFC 6066, 3), and for which the certificate must be valid instead.
    var serverName: String? {
        if case .address = destination { return nil }
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }
}
