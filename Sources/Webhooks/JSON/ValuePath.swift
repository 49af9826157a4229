/// Where a value is put in an object: names of members and positions in arrays, as in `line_items.0.amount`.
package struct ValuePath: Sendable {
    package let names: [String]

    /// In bytes.
    package static let maxLength = 1024

    /// - Throws: a ``Problem`` of the text.
    package init(_ text: String) throws(Problem) {
        // Counted before they are split: a body has room for half a million of them.
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

    /// The first names as they are written, for a message.
    func prefix(_ count: Int) -> String { names.prefix(count).joined(separator: ".") }

    /// A path as a message names it: so much of it as fits there.
    package static func shown(_ text: String) -> String { text.count > 60 ? text.prefix(60) + "…" : text }
}
