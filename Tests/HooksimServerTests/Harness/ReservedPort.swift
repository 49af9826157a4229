import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A port that is taken, and on which nothing listens as long as neither ``listenWithoutBacklog()`` nor
/// ``listenWithBacklog()`` was called.
final class ReservedPort: Sendable {
    let port: Int
    private let descriptor: CInt

    struct Unavailable: Error {}

    /// - Throws: ``Unavailable`` on a machine without that address.
    init(on host: String = "127.0.0.1") throws {
        let isIPv6 = host.contains(":")
        #if canImport(Glibc)
            let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)
        #endif
        let isBound =
            (try? SocketAddress(ipAddress: host, port: 0).withSockAddr { bind(descriptor, $0, socklen_t($1)) == 0 })
            ?? false
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let isNamed = withUnsafeMutablePointer(to: &address) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        guard isBound, isNamed else {
            close(descriptor)
            throw Unavailable()
        }
        self.descriptor = descriptor
        // Both families have the port in the same place.
        port = withUnsafeBytes(of: &address) { Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
    }

    deinit { close(descriptor) }

    /// From now on one connection can be established, and any other waits.
    func listenWithoutBacklog() { listen(descriptor, 0) }

    /// From now on connections are established, and nothing is ever read from or written to them.
    func listenWithBacklog() { listen(descriptor, 1024) }

    /// A descriptor of the same socket, for its new owner to close.
    func duplicate() -> CInt { dup(descriptor) }
}
