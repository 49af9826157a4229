/// The path of a value in an object: names of members and positions in arrays, as in `line_items.0.amount`.
package struct ValuePath: Sendable {
    /// The names and the positions, in their order.
    package let names: [String]

    /// The maximum length of a path, in bytes.
    package static let maxLength = 1024

    /// Parses a path.
    ///
    /// - Throws: a ``ValuePathError`` if the text is not a path, or is too long.
    package init(_ text: String) throws(ValuePathError) {
        // The names are counted before the text is split, because a body can contain half a million of them.
        let count = text.utf8.count { $0 == UInt8(ascii: ".") } + 1
        guard count < JSON.maxBodyDepth else { throw .tooManyNames(count) }
        guard text.utf8.count <= Self.maxLength else { throw .tooLong }
        names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else { throw .emptyName }
    }

    /// Returns the first names as they are written, for a message.
    package func prefix(_ count: Int) -> String { names.prefix(count).joined(separator: ".") }

    /// Returns a path for a message, truncated to 60 characters.
    package static func shown(_ text: String) -> String { text.count > 60 ? text.prefix(60) + "…" : text }
}

/// The reason for which a text is not the path of a value.
package enum ValuePathError: Error, Sendable, Equatable {
    /// The text has this number of names, and no value nests on as many levels.
    case tooManyNames(Int)
    /// The text is longer than ``ValuePath/maxLength``.
    case tooLong
    /// The text is empty, or has two points beside each other or one at its end.
    case emptyName
}
