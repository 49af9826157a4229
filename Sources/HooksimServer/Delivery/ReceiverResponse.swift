import NIOCore
import NIOHTTP1
import Webhooks

/// The response of a receiver, or the failure to get one, with the parts that are recorded.
struct ReceiverResponse: Sendable {
    var result: AttemptResult
    var headers: [(name: String, value: String)] = []
    /// The first bytes of the body, at most ``Assumptions/responseBytesKept``.
    var body: [UInt8] = []
}

extension ReceiverResponse {
    mutating func take(status: HTTPResponseStatus, headers: HTTPHeaders, at now: Timestamp) {
        result.statusCode = Int(status.code)
        self.headers = headers.prefix(100).map { ($0.name, String($0.value.prefix(1000))) }
        result.retryAfter = headers.first(name: "Retry-After").flatMap { RetryAfter.parse($0, now: now) }
    }

    /// Appends a part of the body, up to the limit. Returns whether there is room for more.
    mutating func take(_ part: ByteBuffer) -> Bool {
        let room = Assumptions.responseBytesKept - body.count
        body.append(contentsOf: part.readableBytesView.prefix(room))
        return body.count < Assumptions.responseBytesKept
    }
}
