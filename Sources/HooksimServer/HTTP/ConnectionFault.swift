import Hummingbird
import NIOCore
import NIOHTTP1
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Faults on the level of the connection: the client sees a reset, the end of the connection, or bytes that are not an
/// HTTP response.
struct ConnectionFault {
    let channel: any Channel

    /// Returns the response to write. For most faults the connection is closed by then, and nothing is written.
    func apply(_ fault: APIFault.Connection, to response: Response, using generator: inout SeededGenerator) async throws
        -> Response
    {
        switch fault {
        case .reset:
            // Closing a socket with a linger time of zero sends RST.
            try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try? await channel.close()
        case .empty:
            try? await channel.close()
        case .randomThenClose:
            // The first byte ensures that the bytes never start like "HTTP", for any seed.
            let bytes = [0xFF] + (0..<64).map { _ in UInt8.random(in: 0...255, using: &generator) }
            try? await writePastEncoder(bytes)
            try? await channel.close()
        case .closeMidway:
            let (bytes, whole) = try await response.collected()
            let half = ByteBuffer(bytes: bytes.prefix(bytes.count / 2))
            var cut = whole
            // The declared content length is that of the complete body.
            cut.body = ResponseBody(contentLength: bytes.count) { [channel] writer in
                try await writer.write(half)
                try? await channel.close()
            }
            return cut
        }
        return response
    }

    private func writePastEncoder(_ bytes: [UInt8]) async throws {
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            do {
                let context = try channel.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
                let written = channel.eventLoop.makePromise(of: Void.self)
                context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: written)
                return written.futureResult
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }
}
