import Synchronization

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

    /// Keeps lines whole that several threads write.
    private static let output = Mutex(())
    private static let errors = Mutex(())

    /// Writes to standard output, and returns the number of the error if that is not possible.
    static func attempt(_ text: String) -> Int32? {
        output.withLock { _ in writeAll(Array(text.utf8), to: Stream.standardOutput.rawValue) }
    }

    /// Writes without a buffer, so that a reader receives each line at once.
    ///
    /// If standard output can't be written, the program ends: quietly if its reader has left, else with the reason.
    /// What standard error can't take is lost, as there is no other place to say so.
    static func write(_ text: String, to stream: Stream = .standardOutput) {
        switch stream {
        case .standardError: _ = errors.withLock { _ in writeAll(Array(text.utf8), to: stream.rawValue) }
        case .standardOutput:
            guard let error = attempt(text) else { return }
            guard error != EPIPE else { return Interruption.endOutput(with: Interruption.readerHasLeft) }
            if failures.wrappingAdd(1, ordering: .relaxed).oldValue == 0 {
                Self.error("standard output can't be written: \(systemReason(error))")
            }
            Interruption.endOutput(with: 1)
        }
    }

    /// The number of failures of standard output, of which only the first is said.
    private static let failures = Atomic(0)

    static func line(_ text: String) { write(text + "\n") }

    static func error(_ text: String) { write("hooksim: \(text)\n", to: .standardError) }

    static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

    /// Whether a stream takes escape codes: not if it is no terminal or one that can't interpret them, and not if
    /// NO_COLOR is set to a text that is not empty (https://no-color.org).
    static func takesEscapeCodes(_ stream: Stream) -> Bool {
        isTerminal(stream) && variable("NO_COLOR") == nil && variable("TERM") != "dumb"
    }

    /// The number of columns that rows may have: the one in COLUMNS, or that of the terminal. It is `nil` if standard
    /// output is not a terminal, so that the reader of a pipe gets whole values.
    static var width: Int? {
        if let columns = variable("COLUMNS").flatMap({ Int($0) }), columns > 0 { return columns }
        guard isTerminal(.standardOutput) else { return nil }
        var size = winsize()
        guard ioctl(Stream.standardOutput.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Returns an environment variable; one that is empty is not given.
    static func variable(_ name: String) -> String? {
        getenv(name).flatMap { $0[0] == 0 ? nil : String(cString: $0) }
    }

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

    /// Returns a text in a colour, if the stream that it will be written to takes one.
    static func coloured(_ text: String, _ colour: Colour, on stream: Stream = .standardOutput) -> String {
        takesEscapeCodes(stream) ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
