import NIOCore

@testable import HooksimServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A port that a socket is bound to. Nothing listens on it until ``listenWithoutBacklog()`` or ``listenWithBacklog()``
/// is called.
final class ReservedPort: Sendable {
    let port: Int
    private let descriptor: CInt

    struct Unavailable: Error {}

    /// - Throws: ``Unavailable`` if the machine does not have that address.
    init(on host: String = "127.0.0.1") throws {
        let isIPv6 = host.contains(":")
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, StreamSocket.type, 0)
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
        // IPv4 and IPv6 socket addresses have the port at the same offset.
        port = withUnsafeBytes(of: &address) { Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
    }

    deinit { close(descriptor) }

    /// Lets one connection be established from now on; any other one waits.
    func listenWithoutBacklog() { listen(descriptor, 0) }

    /// Lets connections be established from now on. Nothing is read from them or written to them.
    func listenWithBacklog() { listen(descriptor, 1024) }

    /// Returns another descriptor of the same socket, which the caller must close.
    func duplicate() -> CInt { dup(descriptor) }
}
