import NIOCore
import NIOHTTP1
import Webhooks

/// What came back from the receiver.
struct ReceiverResponse: Sendable {
    var result: AttemptResult
    var headers: [(name: String, value: String)] = []
    /// Its first bytes, at most ``Assumptions/responseBytesKept``.
    var body: [UInt8] = []
}

extension ReceiverResponse {
    mutating func take(status: HTTPResponseStatus, headers: HTTPHeaders, at now: Timestamp) {
        result.statusCode = Int(status.code)
        self.headers = headers.prefix(100).map { ($0.name, String($0.value.prefix(1000))) }
        result.retryAfter = headers.first(name: "Retry-After").flatMap { RetryAfter.parse($0, now: now) }
    }

    /// Keeps a part of the body; returns whether there is room for more.
    mutating func take(_ part: ByteBuffer) -> Bool {
        let room = Assumptions.responseBytesKept - body.count
        body.append(contentsOf: part.readableBytesView.prefix(room))
        return body.count < Assumptions.responseBytesKept
    }
}
