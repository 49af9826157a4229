package import NIOCore
package import NIOHTTP1

/// A transport that sends requests to a simulator: TCP, or the in-process connections of a scenario that runs inside of
/// the simulator.
package protocol ClientTransport: Sendable {
    /// Sends a request, and returns once the head of its response has been received.
    ///
    /// - Throws: Any error if no response begins.
    func open(_ request: ClientRequest) async throws -> OpenResponse
}

/// A request that a transport sends.
package struct ClientRequest: Sendable {
    /// The method.
    package var method: HTTPMethod
    /// The path with its query.
    package var path: String
    /// The headers without those that frame the body.
    package var headers: HTTPHeaders
    /// The body; `nil` is none.
    package var body: ByteBuffer?
    /// The limit of the real time until the end of the response; `nil` is without limit.
    package var timeout: Duration?

    /// Creates a request.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - path: The path with its query.
    ///   - headers: The headers without those that frame the body.
    ///   - body: The body; `nil` is none.
    ///   - timeout: The limit of the real time until the end of the response; `nil` is without limit.
    package init(
        method: HTTPMethod, path: String, headers: HTTPHeaders = [:], body: ByteBuffer? = nil, timeout: Duration? = nil
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// A response whose body is still being received.
package struct OpenResponse: Sendable {
    /// The parts of a body in their order.
    package typealias Body = any AsyncSequence<ByteBuffer, any Error> & Sendable

    /// The status.
    package let status: Int
    /// The headers.
    package let headers: HTTPHeaders
    /// The parts of the body that have not been received.
    package let body: Body

    /// A response whose body is still being received.
    package init(status: Int, headers: HTTPHeaders, body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Creates a response from one that has been received completely.
    package init(_ response: ClientResponse) {
        status = response.status
        headers = response.headers
        body = WholeBody(bytes: ByteBuffer(bytes: response.body))
    }
}

/// A body of one part, which is available even if the task is cancelled.
private struct WholeBody: AsyncSequence, Sendable {
    let bytes: ByteBuffer

    struct AsyncIterator: AsyncIteratorProtocol {
        var part: ByteBuffer?

        mutating func next() async throws -> ByteBuffer? {
            defer { part = nil }
            return part
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(part: bytes) }
}

/// A response that has been received completely.
package struct ClientResponse: Sendable {
    /// The status.
    package let status: Int
    /// The headers.
    package let headers: HTTPHeaders
    /// The complete body.
    package let body: [UInt8]

    /// The maximum length of a body, in bytes.
    package static let maxBody = 1 << 30

    /// Creates a response.
    package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension ClientTransport {
    /// Sends a request, and returns its complete response.
    ///
    /// - Throws: Any error if there is none, or if its body is larger than ``ClientResponse/maxBody``.
    package func send(_ request: ClientRequest) async throws -> ClientResponse {
        let response = try await open(request)
        var body: [UInt8] = []
        for try await part in response.body {
            guard body.count + part.readableBytes <= ClientResponse.maxBody else { throw ResponseTooLarge() }
            body.append(contentsOf: part.readableBytesView)
        }
        return ClientResponse(status: response.status, headers: response.headers, body: body)
    }
}

/// The error of a response that is larger than ``ClientResponse/maxBody``.
struct ResponseTooLarge: Error, CustomStringConvertible {
    var description: String { "the response is larger than \(ClientResponse.maxBody) bytes" }
}
