/// The path of a value in an object: names of members and positions in arrays, as in `line_items.0.amount`.
package struct ValuePath: Sendable {
    /// The names and the positions, in their order.
    package let names: [String]

    /// The maximum length of a path, in bytes.
    package static let maxLength = 1024

    /// Parses a path.
    ///
    /// - Throws: a ``Problem`` if the text is not a path, or is too long.
    package init(_ text: String) throws(Problem) {
        // The names are counted before the text is split, because a body can contain half a million of them.
        let count = text.utf8.count { $0 == UInt8(ascii: ".") } + 1
        guard count < JSON.maxBodyDepth else {
            throw .invalid(
                "has \(count) names, and a body nests at most \(JSON.maxBodyDepth) levels", expected: "fewer")
        }
        guard text.utf8.count <= Self.maxLength else {
            throw .invalid("is longer than \(Self.maxLength) bytes", expected: "a shorter path")
        }
        names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw .invalid("has an empty name", expected: "names with single points between, as in line_items.0.amount")
        }
    }

    /// Returns the first names as they are written, for a message.
    func prefix(_ count: Int) -> String { names.prefix(count).joined(separator: ".") }

    /// Returns a path for a message, truncated to 60 characters.
    package static func shown(_ text: String) -> String { text.count > 60 ? text.prefix(60) + "…" : text }
}
