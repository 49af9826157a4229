import HTTPTypes
package import HummingbirdCore
import NIOCore
import Webhooks

/// The server of the receivers that hooksim provides: that of `hooksim listen` and those of scenarios.
package enum ReceiverServer {
    /// The maximum size of a body in bytes.
    package static let longestBody = 16 << 20

    /// Serves HTTP/1.x without time limits, since a receiver may be configured to delay its responses. Requests that a
    /// receiver of deliveries cannot accept are rejected before their body is read.
    package static var builder: HTTPServerBuilder {
        HTTPServerBuilder { responder in
            HTTP1Server(.init()) { request, writer, channel in
                if let refusal = refusal(of: request) {
                    try await writer.write(response: refusal.head, body: refusal.body)
                } else {
                    try await responder(request, writer, channel)
                }
            }
        }
    }

    private static func refusal(of request: Request) -> Response? {
        if request.method == .connect {
            return text(.notImplemented, "a receiver is no proxy")
        }
        if let expectation = request.unmetExpectation {
            return text(.expectationFailed, "the expectation \(expectation) can't be met; only 100-continue can")
        }
        if let coding = request.contentCoding {
            var response = text(.unsupportedMediaType, "the body is encoded as \(coding); send it without an encoding")
            response.headers[.acceptEncoding] = "identity"
            return response
        }
        if request.declaredLength > longestBody {
            return text(.contentTooLarge, "the body is larger than \(longestBody) bytes")
        }
        return nil
    }

    private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response { .text(status, text + "\n") }
}
