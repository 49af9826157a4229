#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes results to standard output, and everything else to standard error.
enum Terminal {
    enum Stream: Int32 {
        case standardOutput = 1
        case standardError = 2
    }

    /// Writes without a buffer, so that a reader receives each line at once.
    static func write(_ text: String, to stream: Stream = .standardOutput) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = writeSome(of: bytes, to: stream.rawValue)
            if written < 0, errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }

    static func line(_ text: String) { write(text + "\n") }

    static func error(_ text: String) { write("hooksim: \(text)\n", to: .standardError) }

    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Whether to use colours: not if NO_COLOR is set to a text that is not empty (https://no-color.org).
    static var usesColour: Bool { isTerminal(.standardOutput) && (getenv("NO_COLOR").map { $0[0] == 0 } ?? true) }

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
    }

    /// Returns the time of day of an instant; the user of a terminal knows the date.
    static func time(_ instant: String) -> String { String(instant.dropFirst(11).prefix(12)) }

    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Returns a text from outside the program without the control characters that a terminal interprets.
    static func sanitized(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isCommand = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            scalars.append(isCommand ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }

    static func coloured(_ text: String, _ colour: Colour) -> String {
        usesColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
