#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Standard output for results, standard error for everything else.
enum Terminal {
    enum Stream: Int32 {
        case standardOutput = 1
        case standardError = 2
    }

    /// Writes at once, past any buffer, so that a reader sees each line as it comes.
    static func write(_ text: String, to stream: Stream = .standardOutput) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if written < 0, errno != EINTR { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }

    static func line(_ text: String) { write(text + "\n") }

    static func error(_ text: String) { write("hooksim: \(text)\n", to: .standardError) }

    static var usesColour: Bool { isatty(1) == 1 && getenv("NO_COLOR") == nil }

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
    }

    static func coloured(_ text: String, _ colour: Colour) -> String {
        usesColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
