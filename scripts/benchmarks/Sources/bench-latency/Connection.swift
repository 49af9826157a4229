#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A blocking TCP connection on loopback: no event loop, no thread to change to, so that what it times is the other side.
final class Connection {
    let descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(port: port)
        let result = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard result == 0 else { throw LatencyError(description: "nothing listens on port \(port)") }
        sendWithoutDelay()
    }

    init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        sendWithoutDelay()
    }

    deinit { close(descriptor) }

    private func sendWithoutDelay() {
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw LatencyError(description: "a connection broke while writing") }
            sent += count
        }
    }

    /// Reads one whole HTTP message; returns `false` when the other side has closed the connection.
    func readMessage() throws -> Bool {
        while true {
            if let length = HTTPMessage.length(received), received.count >= length {
                received.removeFirst(length)
                return true
            }
            let part = [UInt8](unsafeUninitializedCapacity: 64 * 1024) { buffer, count in
                count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
            }
            guard !part.isEmpty else { return false }
            received += part
        }
    }
}

extension sockaddr_in {
    /// 127.0.0.1; port 0 is any free one.
    static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        return address
    }
}
