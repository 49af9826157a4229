/// Hides from libyaml and Yams what they would read otherwise than it is meant, behind characters that the text does not have.
///
/// That is the `*`, and the mark U+FEFF, which Foundation takes from the beginning of each text that Yams has it decode. Nothing changes
/// its place: each character, and each escape, is hidden behind one of the same length.
struct YAMLMask {
    /// What stands for `*`.
    let standIn: Unicode.Scalar
    /// What stands for U+FEFF and for its two escapes; `nil` where the text has none.
    private let marks: Marks?

    private struct Marks {
        /// `\ufeff`, and the character itself.
        let lower: Unicode.Scalar
        /// `\uFEFF`.
        let upper: Unicode.Scalar
    }

    private static let mark: Unicode.Scalar = "\u{FEFF}"

    /// Returns `nil` when the text has all characters that there are.
    init?(of text: some Collection<Unicode.Scalar>) {
        let text = Array(text)
        guard let standIn = Self.character(notIn: text) else { return nil }
        self.standIn = standIn
        guard text.contains(Self.mark) || Self.hasEscapedMark(text) else {
            marks = nil
            return
        }
        // Of the private use area, whose characters have escapes of the same length.
        let used = Set(text.lazy.map(\.value)).union(Self.escaped(in: text, by: "u", digits: 4))
        let free = (UInt32(0xE000)...0xF8FF).filter { !used.contains($0) }.prefix(2).compactMap { Unicode.Scalar($0) }
        guard free.count == 2 else { return nil }
        marks = Marks(lower: free[0], upper: free[1])
    }

    func masked(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { $0 == "*" ? standIn : $0 }
        guard let marks else { return String(String.UnicodeScalarView(scalars)) }
        for index in scalars.indices {
            // In front of a line it is no part of a text.
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
        // Where a backslash is itself, as in single quotes, the escape is a text.
        for (mark, digits) in [(marks.lower, "feff"), (marks.upper, "FEFF")] {
            let escape = Self.escape(mark)
            // By scalars: what follows may make another character of the last digit.
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

    /// A character beyond U+FFFF that is in `text` neither itself nor as an escape; `nil` when all are.
    static func character(notIn text: some Collection<Unicode.Scalar>) -> Unicode.Scalar? {
        var used = Set(text.lazy.map(\.value).filter { $0 >= 0x10000 })
        used.formUnion(escaped(in: Array(text), by: "U", digits: 8))
        return (0x10000...0x10FFFF).reversed().first { !used.contains($0) }.flatMap { Unicode.Scalar($0) }
    }

    /// What a backslash, a letter and digits stand for in double quotes (YAML 1.2, 5.7), wherever they are.
    private static func escaped(in text: [Unicode.Scalar], by letter: Unicode.Scalar, digits: Int) -> [UInt32] {
        text.indices.dropLast(digits + 1).compactMap { index in
            guard text[index] == "\\", text[index + 1] == letter else { return nil }
            return UInt32(String(String.UnicodeScalarView(text[index + 2..<index + 2 + digits])), radix: 16)
        }
    }

    /// The four digits of an escape that begins there.
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

    /// Whether libyaml takes it for the end of a line.
    private static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }
}
