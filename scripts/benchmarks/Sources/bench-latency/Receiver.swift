#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Listens on a free port of loopback and says when the next request has arrived whole.
final class Receiver {
    let port: UInt16
    private let listener: Int32
    /// A sender may keep one connection, or open another.
    private var connections: [Connection] = []

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isListening = withUnsafeMutableBytes(of: &address) { raw in
            let address = raw.assumingMemoryBound(to: sockaddr.self).baseAddress!
            return bind(listener, address, length) == 0 && listen(listener, 128) == 0
                && getsockname(listener, address, &length) == 0
        }
        guard isListening else { throw LatencyError(description: "the receiver can't listen on loopback") }
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(listener) }

    /// The instant at which the next request was there; the response follows that.
    func nextArrival() throws -> ContinuousClock.Instant {
        while true {
            let ready = try waitForInput()
            if ready.contains(listener) { connections.append(Connection(accepted: accept(listener, nil, nil))) }
            for connection in connections where ready.contains(connection.descriptor) {
                guard try connection.readMessage() else {
                    connections.removeAll { $0 === connection }
                    continue
                }
                let arrival = ContinuousClock.now
                try connection.write(HTTPMessage.ok)
                return arrival
            }
        }
    }

    /// Which descriptors can be read from.
    private func waitForInput() throws -> [Int32] {
        let patience: Int32 = 10_000
        var polled = ([listener] + connections.map(\.descriptor)).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        guard poll(&polled, nfds_t(polled.count), patience) > 0 else {
            throw LatencyError(description: "no delivery came within \(patience / 1000) s")
        }
        return polled.filter { $0.revents != 0 }.map(\.fd)
    }
}
