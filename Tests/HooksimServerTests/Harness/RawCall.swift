import NIOHTTP1

extension TestClient {
    /// Sends exactly these bytes, and reads until the server closes the connection.
    func raw(_ bytes: [UInt8]) async throws -> TestResponse {
        let socket = try await RawSocket(to: url)
        defer { socket.close() }
        socket.write(bytes)
        return try TestResponse(rawText: try await socket.rest())
    }

    /// Sends a head of these lines and `Connection: close`, then the body.
    func raw(_ lines: [String], body: [UInt8] = []) async throws -> TestResponse {
        try await raw(Array((lines + ["Connection: close", "", ""]).joined(separator: "\r\n").utf8) + body)
    }

    /// The value of a `Host` header for this server.
    var authority: String { String(url.dropFirst("http://".count)) }
}

extension TestResponse {
    /// Parses a response that ended with its connection.
    fileprivate init(rawText text: String) throws {
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw TruncatedResponse(text: text) }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw TruncatedResponse(text: text)
        }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.add(name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        self.init(status: status, headers: headers, body: Array(text[end.upperBound...].utf8))
    }
}

/// The server closed the connection before it had sent a head.
private struct TruncatedResponse: Error {
    let text: String
}
