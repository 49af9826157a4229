/// Replaces the characters that libyaml and Yams would misread by characters that the text does not contain.
///
/// These are the `*`, and the byte order mark U+FEFF, which Foundation removes from the beginning of each text that
/// Yams has it decode. No position changes: each character and each escape is replaced by one of the same length.
struct YAMLMask {
    /// The character in place of `*`.
    let standIn: Unicode.Scalar
    /// The characters in place of U+FEFF and of its two escapes; `nil` if the text has none of them.
    private let marks: Marks?

    private struct Marks {
        /// The character in place of `\ufeff` and of U+FEFF itself.
        let lower: Unicode.Scalar
        /// The character in place of `\uFEFF`.
        let upper: Unicode.Scalar
    }

    private static let mark: Unicode.Scalar = "\u{FEFF}"

    /// Creates the mask of a text; returns `nil` if the text leaves too few characters unused.
    init?(of text: some Collection<Unicode.Scalar>) {
        let text = Array(text)
        guard let standIn = Self.character(notIn: text) else { return nil }
        self.standIn = standIn
        guard text.contains(Self.mark) || Self.hasEscapedMark(text) else {
            marks = nil
            return
        }
        // The characters are of the private use area, whose escapes have the same length.
        let used = Set(text.lazy.map(\.value)).union(Self.escaped(in: text, by: "u", digits: 4))
        let free = (UInt32(0xE000)...0xF8FF).filter { !used.contains($0) }.prefix(2).compactMap { Unicode.Scalar($0) }
        guard free.count == 2 else { return nil }
        marks = Marks(lower: free[0], upper: free[1])
    }

    func masked(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { $0 == "*" ? standIn : $0 }
        guard let marks else { return String(String.UnicodeScalarView(scalars)) }
        for index in scalars.indices {
            // A mark at the beginning of a line is not part of a text.
            if scalars[index] == Self.mark, index > 0, !Self.endsLine(scalars[index - 1]) {
                scalars[index] = marks.lower
            }
            guard let digits = Self.digits(at: index, in: scalars) else { continue }
            if digits == "feff" { scalars.replaceSubrange(index..<index + 6, with: Self.escape(marks.lower)) }
            if digits == "FEFF" { scalars.replaceSubrange(index..<index + 6, with: Self.escape(marks.upper)) }
        }
        return String(String.UnicodeScalarView(scalars))
    }

    func restored(_ text: String) -> String {
        var text = text
        if text.unicodeScalars.contains(standIn) {
            text = String(String.UnicodeScalarView(text.unicodeScalars.map(restored)))
        }
        guard let marks else { return text }
        if text.unicodeScalars.contains(where: { $0 == marks.lower || $0 == marks.upper }) {
            text = String(String.UnicodeScalarView(text.unicodeScalars.map(restored)))
        }
        // Where a backslash has no special meaning, as in single quotes, the escape is part of the text.
        for (mark, digits) in [(marks.lower, "feff"), (marks.upper, "FEFF")] {
            let escape = Self.escape(mark)
            // The search is by scalars, since the last digit may form one character with the scalar after it.
            guard text.unicodeScalars.firstRange(of: escape) != nil else { continue }
            let restored = Array(text.unicodeScalars).replacing(escape, with: Array("\\u\(digits)".unicodeScalars))
            text = String(String.UnicodeScalarView(restored))
        }
        return text
    }

    func restored(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar == standIn { return "*" }
        return scalar == marks?.lower || scalar == marks?.upper ? Self.mark : scalar
    }

    /// Returns a character beyond U+FFFF that `text` contains neither as itself nor as an escape; `nil` if there is
    /// none.
    static func character(notIn text: some Collection<Unicode.Scalar>) -> Unicode.Scalar? {
        var used = Set(text.lazy.map(\.value).filter { $0 >= 0x10000 })
        used.formUnion(escaped(in: Array(text), by: "U", digits: 8))
        return (0x10000...0x10FFFF).reversed().first { !used.contains($0) }.flatMap { Unicode.Scalar($0) }
    }

    /// Returns the values of the escapes of a backslash, a letter and digits (YAML 1.2, 5.7), inside and outside of
    /// double quotes.
    private static func escaped(in text: [Unicode.Scalar], by letter: Unicode.Scalar, digits: Int) -> [UInt32] {
        text.indices.dropLast(digits + 1).compactMap { index in
            guard text[index] == "\\", text[index + 1] == letter else { return nil }
            return UInt32(String(String.UnicodeScalarView(text[index + 2..<index + 2 + digits])), radix: 16)
        }
    }

    /// Returns the four digits of an escape that begins at an index.
    private static func digits(at index: Int, in text: [Unicode.Scalar]) -> String? {
        guard text[index] == "\\", index + 6 <= text.count, text[index + 1] == "u" else { return nil }
        return String(String.UnicodeScalarView(text[index + 2..<index + 6]))
    }

    private static func hasEscapedMark(_ text: [Unicode.Scalar]) -> Bool {
        text.indices.contains { digits(at: $0, in: text)?.lowercased() == "feff" }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        Array("\\u\(String(scalar.value, radix: 16))".unicodeScalars)
    }

    /// Returns whether libyaml takes a character for the end of a line.
    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }
}
