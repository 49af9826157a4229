import Webhooks

/// A curl command that sends the same request. It contains no secret: a variable of the shell takes the place of one
/// that was sent.
struct CurlCommand {
    private var words: [String]

    init(_ method: String, _ url: String) { words = ["curl -X \(Self.quoted(method)) \(Self.quoted(url))"] }

    mutating func add(header name: String, _ value: String) { words.append("-H \(Self.quoted("\(name): \(value)"))") }

    mutating func add(bearer variable: String) { words.append("-H \"Authorization: Bearer $\(variable)\"") }

    mutating func add(user: String, password variable: String) {
        words.append("-u \(Self.quoted("\(user):"))\"$\(variable)\"")
    }

    mutating func add(body: String) { words.append("--data-raw \(Self.quoted(body))") }

    /// Returns the text of the command.
    ///
    /// - Parameter note: a comment to put above the command.
    func text(note: String? = nil) -> String { (note.map { "# \($0)\n" } ?? "") + words.joined(separator: " \\\n  ") }

    /// Returns a text as one word of a shell's command line.
    private static func quoted(_ text: String) -> String {
        // Control characters are replaced, since a terminal may execute those that are pasted into it.
        let sanitized = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }
        let words = sanitized.split(separator: "'", omittingEmptySubsequences: false).map { word in
            String(String.UnicodeScalarView(word))
        }
        return "'" + words.joined(separator: "'\\''") + "'"
    }
}
