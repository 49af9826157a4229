import Webhooks
import Yams

/// Describes the problems that Yams and libyaml find in a text, in clearer words where theirs do not help a user.
struct YAMLFault {
    /// The text as libyaml read it, with masked characters.
    private let text: [Unicode.Scalar]
    private let mask: YAMLMask

    init(_ masked: String, by mask: YAMLMask) {
        text = Array(masked.unicodeScalars)
        self.mask = mask
    }

    func problem(_ error: YamlError) -> ScenarioProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ScenarioProblem(.init(mark), words(for: problem, at: mark))
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let second = secondKey(key, first: context.mark) ?? context.mark
            return ScenarioProblem(.init(second), "\(mask.restored(key)) is given twice; expected each key once")
        default: return ScenarioProblem(.init(line: 1, column: 1), "the file can't be read; expected valid YAML")
        }
    }

    private func words(for problem: String, at mark: Mark) -> String {
        let tab = "a tab can't indent; expected spaces"
        switch YAMLProblemKind.ofTexts[problem] {
        case .tab: return tab
        case .secondDocument: return "a second document starts here; expected one document in a file"
        case .nesting: return "values nest deeper than \(ScenarioFile.deepest) levels; expected fewer"
        case .character:
            guard let offset = offset(of: mark) else { return "\(problem); expected valid YAML" }
            return text[offset] == "\t"
                ? tab : "a text can't start with \(mask.restored(text[offset])); expected quotes around it"
        case nil: return "\(problem); expected valid YAML"
        }
    }

    private func offset(of mark: Mark) -> Int? {
        var line = 1
        var start = 0
        for index in text.indices where line < mark.line && endsLine(index) {
            line += 1
            start = index + 1
        }
        let offset = start + mark.column - 1
        return text.indices.contains(offset) ? offset : nil
    }

    /// Returns whether libyaml takes a character for the end of a line.
    private func endsLine(_ index: Int) -> Bool {
        switch text[index] {
        case "\n", "\u{85}", "\u{2028}", "\u{2029}": true
        case "\r": index + 1 == text.count || text[index + 1] != "\n"
        default: false
        }
    }

    // MARK: Keys that are given twice

    /// Returns the position at which a key occurs again. Yams reports only its first one; with that one renamed, Yams
    /// reads on and reports the next.
    private func secondKey(_ key: String, first: Mark) -> Mark? {
        guard var offset = offset(of: first) else { return nil }
        if text[offset] == "\"" || text[offset] == "'" { offset += 1 }
        guard offset < text.count, let other = YAMLMask.character(notIn: text) else { return nil }
        var renamed = text
        renamed[offset] = other
        do {
            let parser = try Parser(
                yaml: String(String.UnicodeScalarView(renamed)), resolver: .basic, encoding: .utf8)
            let keys = try parser.singleRoot().flatMap { Self.keys(beside: first, in: $0) } ?? []
            return keys.first { $0.string == key }?.mark
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) where keys.first == key {
            // The key occurs a third time.
            return context.mark
        } catch {
            return nil
        }
    }

    /// Returns the keys of the mapping that has a key at a position.
    private static func keys(beside mark: Mark, in node: Node) -> [Node]? {
        switch node {
        case .scalar, .alias: return nil
        case .sequence(let sequence): return sequence.lazy.compactMap { keys(beside: mark, in: $0) }.first
        case .mapping(let mapping):
            let keys = mapping.map(\.key)
            if keys.contains(where: { $0.mark?.line == mark.line && $0.mark?.column == mark.column }) { return keys }
            return mapping.lazy.flatMap { [$0.key, $0.value] }.compactMap { Self.keys(beside: mark, in: $0) }.first
        }
    }
}
