import HTTPTypes
import HooksimServer
import Hummingbird
import NIOCore
import Webhooks

/// A delivery as it arrived.
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
    /// `nil` for a body that is truncated, or not of this API.
    var idempotencyKey: String? { json["idempotency_key"]?.string }
    var topic: String { json["topic"]?.string ?? "?" }
}

/// The response to a delivery.
struct DeliveryResponse: Sendable {
    var status: HTTPResponse.Status
    var contentType: String?
    var body = ByteBuffer()
    /// What to say of it, when the status does not say enough.
    var note: String?

    var http: Response {
        Response(
            status: status, headers: contentType.map { [.contentType: $0] } ?? [:], body: ResponseBody(byteBuffer: body)
        )
    }
}
