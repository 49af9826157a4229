import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON

extension Response {
    /// Returns a response with a JSON body that is already encoded.
    static func json(_ status: HTTPResponse.Status = .ok, _ body: ByteBuffer) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    static func json(_ status: HTTPResponse.Status = .ok, _ bytes: [UInt8]) -> Response {
        json(status, ByteBuffer(bytes: bytes))
    }

    static func json(_ status: HTTPResponse.Status = .ok, _ value: JSON) -> Response { json(status, value.encoded) }

    /// Returns a response with plain text, the form of the API for unknown paths.
    static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
