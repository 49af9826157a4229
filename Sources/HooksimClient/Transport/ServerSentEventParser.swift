/// Splits received bytes into server-sent events (WHATWG HTML, 9.2), as the simulator writes them.
struct ServerSentEventParser {
    struct Event: Equatable {
        var type: String
        var data: [UInt8]
    }

    private var buffer: [UInt8] = []

    /// Returns the events that these bytes complete; comments are ignored.
    mutating func receive(_ bytes: some Sequence<UInt8>) -> [Event] {
        buffer.append(contentsOf: bytes)
        var events: [Event] = []
        var rest = buffer[...]
        while let end = rest.firstRange(of: [UInt8(ascii: "\n"), UInt8(ascii: "\n")]) {
            if let event = Self.event(rest[..<end.lowerBound]) { events.append(event) }
            rest = rest[end.upperBound...]
        }
        buffer = Array(rest)
        return events
    }

    private static func event(_ lines: ArraySlice<UInt8>) -> Event? {
        var type: String?
        var data: [UInt8]?
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: "event: ".utf8) { type = String(decoding: line.dropFirst(7), as: UTF8.self) }
            if line.starts(with: "data: ".utf8) { data = Array(line.dropFirst(6)) }
        }
        guard let type, let data else { return nil }
        return Event(type: type, data: data)
    }
}
