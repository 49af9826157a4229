import FoundationEssentials
import HTTPTypes
import HooksimClient
import HooksimServer
import Hummingbird
import NIOCore
import StrictJSON

/// A delivery as it was received.
struct ReceivedDelivery: Sendable {
    /// The path and the query of the request.
    let path: String
    let headers: HeaderFields
    let body: [UInt8]
    let json: JSON?

    /// Reads a delivery that was received on a port.
    init(_ request: Request) async throws {
        self.init(
            path: request.uri.string, headers: request.headers.map { ($0.name.rawName, $0.value) },
            body: Array(try await request.body.collect(upTo: ReceiverServer.longestBody).readableBytesView))
    }

    /// Reads a delivery that was received over the connection to the simulator.
    init(_ delivery: ListenerDelivery) {
        self.init(path: delivery.path, headers: delivery.headers, body: delivery.body)
    }

    private init(path: String, headers: HeaderFields, body: [UInt8]) {
        self.path = path
        self.headers = headers
        self.body = body
        json = try? JSON(parsing: body)
    }

    var attempt: Int { headers["X-Webhook-Attempt"].flatMap(Int.init) ?? 1 }
    /// The event's id: the key by which a receiver recognises a duplicate.
    var id: String { headers["X-Webhook-Id"] ?? idempotencyKey ?? "?" }
    /// The idempotency key, which is the event's id; `nil` if the body is truncated or is not a delivery of this API.
    var idempotencyKey: String? { json?["idempotency_key"]?.string }
    /// The event's topic; `nil` if the body is truncated or is not a delivery of this API.
    var topic: String? { json?["topic"]?.string }
}

/// The response to a delivery.
struct DeliveryResponse: Sendable {
    var status: Int
    /// The headers without those of the connection on which they were received.
    var headers: HeaderFields = []
    /// The body, or the part of it that the simulator keeps.
    var body: [UInt8] = []
    /// A note to print after the status; `nil` if the status is enough.
    var note: String?

    /// The response in the form of the server that listens on a port.
    var http: Response {
        var fields = HTTPFields()
        for field in headers.without(["content-length"]) {
            if let name = HTTPField.Name(field.name) { fields.append(HTTPField(name: name, value: field.value)) }
        }
        return Response(
            status: .init(code: status), headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension [UInt8] {
    /// The text of bytes that are UTF-8; `nil` for others.
    var text: String? { String(validating: self, as: UTF8.self) }

    var base64: String { Data(self).base64EncodedString() }
}
