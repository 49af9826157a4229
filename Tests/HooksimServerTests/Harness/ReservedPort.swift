#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A port that is taken, and on which nothing listens as long as ``listenWithoutBacklog()`` was not called.
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
        var address = sockaddr_storage()
        var length: socklen_t
        if isIPv6 {
            var value = sockaddr_in6()
            value.sin6_family = sa_family_t(AF_INET6)
            inet_pton(AF_INET6, host, &value.sin6_addr)
            withUnsafeMutableBytes(of: &address) { $0.storeBytes(of: value, as: sockaddr_in6.self) }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        } else {
            var value = sockaddr_in()
            value.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, host, &value.sin_addr)
            withUnsafeMutableBytes(of: &address) { $0.storeBytes(of: value, as: sockaddr_in.self) }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
        }
        let isBound = withUnsafeMutablePointer(to: &address) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else {
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

    /// A descriptor of the same socket, for its new owner to close.
    func duplicate() -> CInt { dup(descriptor) }
}
