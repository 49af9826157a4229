import Webhooks

/// Where a connection leads: what connections are shared by.
struct ReceiverPlace: Hashable {
    /// Whether it is by TLS.
    let isSecure: Bool
    /// A name, or an address without brackets.
    let host: String
    let port: Int

    init(_ endpoint: EndpointURL) {
        isSecure = endpoint.isSecure
        host = endpoint.host
        port = endpoint.port
    }

    var destination: Destination { Destination(host: host) }

    /// The name that the receiver's certificate is to be for, and that it is told in the handshake; `nil` for an address, which is never told
    /// (RFC 6066, 3), and which the certificate is to be for then.
    var serverName: String? {
        if case .address = destination { return nil }
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }
}
