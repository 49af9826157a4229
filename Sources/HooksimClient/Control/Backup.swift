import NIOCore

extension ControlClient {
    /// Writes a copy of the simulator's store as it is at one instant, even if the store is in memory.
    ///
    /// The copy contains the secrets that are sent to receivers, so only its owner should be able to read it.
    ///
    /// - Parameter write: Called with each part of the copy, in their order.
    /// - Throws: ``HooksimError``, or what `write` throws; the parts until then are not a complete copy.
    public func backup(_ write: ([UInt8]) throws -> Void) async throws {
        var request = APIRequest(.get, "/__admin/backup")
        request.timeout = .seconds(3600)
        var parts = try await sender.open(request, token: adminToken).body.makeAsyncIterator()
        while true {
            let part: ByteBuffer?
            do { part = try await parts.next(isolation: #isolation) } catch { throw sender.notReachable(error) }
            guard let part else { return }
            try write(Array(part.readableBytesView))
        }
    }

    /// Returns the simulator's metrics in the text format of Prometheus.
    ///
    /// - Throws: ``HooksimError``.
    public func metrics() async throws -> String {
        let response = try await sender.open(APIRequest(.get, "/__admin/metrics"), token: adminToken)
        var text: [UInt8] = []
        do {
            for try await part in response.body { text.append(contentsOf: part.readableBytesView) }
        } catch {
            throw sender.notReachable(error)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
