import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import StrictJSON

/// Reads server-sent events as a browser does.
struct LiveFeedReader {
    let status: Int
    private let headers: HTTPHeaders
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var buffered = ""

    init(_ client: TestClient, query: String = "", headers fields: [(String, String)] = []) async throws {
        var request = HTTPClientRequest(url: client.url + "/__admin/stream" + query)
        request.headers = HTTPHeaders(fields)
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        status = Int(response.status.code)
        headers = response.headers
        body = response.body.makeAsyncIterator()
    }

    func header(_ name: String) -> String? { headers.first(name: name) }

    /// Returns the next message, without comments, or `nil` at the end of the stream.
    mutating func next() async throws -> (kind: String, data: JSON)? {
        while true {
            while let end = buffered.firstRange(of: "\n\n") {
                let lines = buffered[..<end.lowerBound].split(separator: "\n")
                buffered.removeSubrange(..<end.upperBound)
                let field = { (name: String) in
                    lines.first { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
                }
                if let kind = field("event: "), let data = field("data: ") {
                    return (kind, try JSON(parsing: data.utf8))
                }
            }
            guard let part = try await body.next() else { return nil }
            buffered += String(buffer: part)
        }
    }

    /// Returns the first message of a type for which `matches` returns true, or `nil` if the stream ends before it.
    mutating func first(_ kind: String, where matches: (JSON) -> Bool = { _ in true }) async throws -> JSON? {
        while let message = try await next() {
            if message.kind == kind, matches(message.data) { return message.data }
        }
        return nil
    }
}
