import Webhooks

/// A command line that makes the same request. It has no secret in it: where one was sent, it has a variable of the shell.
struct CurlCommand {
    private var words: [String]

    init(_ method: String, _ url: String) { words = ["curl -X \(Self.quoted(method)) \(Self.quoted(url))"] }

    mutating func add(header name: String, _ value: String) { words.append("-H \(Self.quoted("\(name): \(value)"))") }

    mutating func add(bearer variable: String) { words.append("-H \"Authorization: Bearer $\(variable)\"") }

    mutating func add(user: String, password variable: String) {
        words.append("-u \(Self.quoted("\(user):"))\"$\(variable)\"")
    }

    mutating func add(body: String) { words.append("--data-raw \(Self.quoted(body))") }

    /// - Parameter note: what to know before it is run.
    func text(note: String? = nil) -> String { (note.map { "# \($0)\n" } ?? "") + words.joined(separator: " \\\n  ") }

    /// A text as one word of a shell's command line.
    private static func quoted(_ text: String) -> String {
        // What a terminal takes for a command of its own must not get there by being pasted.
        let sanitized = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "\u{FFFD}" : $0 }
        let words = sanitized.split(separator: "'", omittingEmptySubsequences: false).map { word in
            String(String.UnicodeScalarView(word))
        }
        return "'" + words.joined(separator: "'\\''") + "'"
    }
}
