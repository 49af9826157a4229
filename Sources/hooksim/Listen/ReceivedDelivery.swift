import HTTPTypes
import HooksimServer
import Hummingbird
import NIOCore
import StrictJSON

/// A delivery as it was received.
struct ReceivedDelivery: Sendable {
    let headers: HTTPFields
    let body: [UInt8]
    let json: JSON

    init(_ request: Request) async throws {
        headers = request.headers
        body = Array(try await request.body.collect(upTo: ReceiverServer.longestBody).readableBytesView)
        json = (try? JSON(parsing: body)) ?? .null
    }

    var attempt: Int { headers[.init("X-Webhook-Attempt")!].flatMap(Int.init) ?? 1 }
    /// The event's id: the key by which a receiver recognises a duplicate.
    var id: String { headers[.init("X-Webhook-Id")!] ?? idempotencyKey ?? "?" }
    /// The idempotency key, which is the event's id; `nil` if the body is truncated or is not a delivery of this API.
    var idempotencyKey: String? { json["idempotency_key"]?.string }
    var topic: String { json["topic"]?.string ?? "?" }
}

/// The response to a delivery.
struct DeliveryResponse: Sendable {
    var status: HTTPResponse.Status
    var contentType: String?
    var body = ByteBuffer()
    /// A note to print after the status; `nil` if the status is enough.
    var note: String?

    var http: Response {
        Response(
            status: status, headers: contentType.map { [.contentType: $0] } ?? [:], body: ResponseBody(byteBuffer: body)
        )
    }
}
