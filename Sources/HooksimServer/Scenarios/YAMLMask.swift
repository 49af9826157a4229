/// Hides the `*` of a text from libyaml behind a character that the text does not have.
struct YAMLMask {
    /// What stands for `*`.
    let standIn: Unicode.Scalar

    /// A mask for `text`, which is no longer than ``ScenarioFile/longest``.
    init(of text: some Collection<Unicode.Scalar>) { standIn = Self.character(notIn: text) }

    func masked(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.map(masked))) }

    func restored(_ text: String) -> String {
        guard text.unicodeScalars.contains(standIn) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map(restored)))
    }

    func restored(_ scalar: Unicode.Scalar) -> Unicode.Scalar { scalar == standIn ? "*" : scalar }

    private func masked(_ scalar: Unicode.Scalar) -> Unicode.Scalar { scalar == "*" ? standIn : scalar }

    /// A character that is in `text` neither itself nor as an escape; no file is long enough to have all of them.
    static func character(notIn text: some Collection<Unicode.Scalar>) -> Unicode.Scalar {
        var used = Set(text.lazy.map(\.value).filter { $0 >= 0x10000 })
        used.formUnion(escaped(in: Array(text)))
        let free = (0x10000...0x10FFFF).reversed().first { !used.contains($0) }!
        return Unicode.Scalar(free)!
    }

    /// What `\U` and eight digits stand for in double quotes (YAML 1.2, 5.7), wherever they are.
    private static func escaped(in text: [Unicode.Scalar]) -> [UInt32] {
        text.indices.dropLast(9).compactMap { index in
            guard text[index] == "\\", text[index + 1] == "U" else { return nil }
            return UInt32(String(String.UnicodeScalarView(text[index + 2..<index + 10])), radix: 16)
        }
    }
}
