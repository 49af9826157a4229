/// As much of HTTP/1.1 as the two sides of a benchmark speak: every body has a Content-Length.
enum HTTPMessage {
    static let ok = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)

    static func post(path: String, body: String) -> [UInt8] {
        Array(
            """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/json\r
            Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """.utf8)
    }

    /// How long the message at the start of `bytes` is; `nil` while its head is not whole.
    static func length(_ bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        // The first byte is compared alone before a slice is created, since this is inside what is timed.
        guard let headEnd = bytes.indices.first(where: { bytes[$0] == end[0] && bytes[$0...].starts(with: end) }) else {
            return nil
        }
        let head = String(decoding: bytes[..<headEnd], as: UTF8.self)
        let lengths = head.split(separator: "\r\n").compactMap { line -> Int? in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "content-length" else { return nil }
            return Int(parts[1].drop { $0 == " " })
        }
        return headEnd + end.count + (lengths.first ?? 0)
    }
}
