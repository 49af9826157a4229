import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Webhooks

@testable import HooksimServer

/// A request of the simulation: it goes straight into the responder, past sockets and parsers.
struct SimulatedRequest: Sendable {
    let method: HTTPRequest.Method
    let path: String
    /// The bearer token or the basic credentials, as the header has them.
    var authorization: String?
    var content: [UInt8]?
    var contentType = "application/json"
    /// What holds back the second half of the content; `nil` sends all of it at once.
    var gate: ContentGate?

    init(_ method: HTTPRequest.Method, _ path: String, token: String? = nil, _ body: JSON? = nil) {
        self.method = method
        self.path = path
        authorization = token.map { "Bearer \($0)" }
        content = body?.encoded
    }

    /// A token request of a client.
    static func token(clientID: String, clientSecret: String) -> Self {
        var request = Self(.post, "/oauth/token")
        request.contentType = "application/x-www-form-urlencoded"
        request.content = Array(
            "grant_type=client_credentials&client_id=\(clientID)&client_secret=\(clientSecret)".utf8)
        return request
    }

    /// The request as the server framework hands it to a responder.
    var request: Request {
        var fields = HTTPFields()
        if let authorization { fields[.authorization] = authorization }
        guard let content else {
            return Request(head: head(fields), body: RequestBody(buffer: ByteBuffer()))
        }
        fields[.contentType] = contentType
        fields[.contentLength] = String(content.count)
        guard let gate else {
            return Request(head: head(fields), body: RequestBody(buffer: ByteBuffer(bytes: content)))
        }
        return Request(
            head: head(fields), body: RequestBody(asyncSequence: GatedContent(content: content, gate: gate)))
    }

    private func head(_ fields: HTTPFields) -> HTTPRequest {
        HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path, headerFields: fields)
    }
}

/// The response to a ``SimulatedRequest``.
struct SimulatedResponse: Sendable {
    let status: Int
    let bytes: [UInt8]

    var isSuccess: Bool { (200...299).contains(status) }
    var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Holds back a part of a request's content until it is opened, as a client does that has sent only the head and a part of it.
final class ContentGate: Sendable {
    private let isOpen = ChangeSignal()
    private let isReached = ChangeSignal()

    /// Lets the rest of the content through.
    func open() { isOpen.notify() }

    /// Waits for ``open()``.
    ///
    /// - Throws: a `CancellationError` when the client hangs up instead.
    fileprivate func pass() async throws {
        isReached.notify()
        await isOpen.wait(after: 0)
        try Task.checkCancellation()
    }

    /// Whether the server has read all that came before the gate.
    var hasStopped: Bool { isReached.version > 0 }
}

/// A content in two parts, with a gate between them.
private struct GatedContent: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let content: [UInt8]
    let gate: ContentGate

    func makeAsyncIterator() -> Iterator { Iterator(content: content, gate: gate) }

    struct Iterator: AsyncIteratorProtocol {
        let content: [UInt8]
        let gate: ContentGate
        private var part = 0

        init(content: [UInt8], gate: ContentGate) {
            self.content = content
            self.gate = gate
        }

        mutating func next() async throws -> ByteBuffer? {
            part += 1
            let middle = content.count / 2
            switch part {
            case 1: return ByteBuffer(bytes: content[..<middle])
            case 2:
                try await gate.pass()
                return ByteBuffer(bytes: content[middle...])
            default: return nil
            }
        }
    }
}
