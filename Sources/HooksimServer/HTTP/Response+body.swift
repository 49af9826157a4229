import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Webhooks

extension Response {
    /// Returns the bytes of the body, and the same response with those bytes as its body.
    func collected() async throws -> (bytes: [UInt8], response: Response) {
        let collector = BodyCollector()
        try await body.write(collector)
        let bytes = collector.bytes
        return (bytes, replacingBody(bytes))
    }

    func replacingBody(_ bytes: [UInt8]) -> Response {
        var response = self
        response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        return response
    }

    /// Returns the response with a body that is sent in parts of about the same size, with pauses of real time between
    /// them.
    func dribbling(_ bytes: [UInt8], chunks: Int, over time: TimeSpan) -> Response {
        var response = self
        let size = max(1, (bytes.count + chunks - 1) / chunks)
        let pause = Duration.milliseconds(time.milliseconds / Int64(chunks))
        response.body = ResponseBody(contentLength: bytes.count) { writer in
            for start in stride(from: 0, to: bytes.count, by: size) {
                try await Task.sleep(for: pause)
                try await writer.write(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            }
            try await writer.finish(nil)
        }
        return response
    }
}

private final class BodyCollector: ResponseBodyWriter, Sendable {
    private let state = Mutex<[UInt8]>([])

    var bytes: [UInt8] { state.withLock { $0 } }

    func write(_ buffer: ByteBuffer) async throws { state.withLock { $0.append(contentsOf: buffer.readableBytesView) } }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
