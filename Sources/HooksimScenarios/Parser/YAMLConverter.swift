import Webhooks
import Yams

/// Converts the nodes of Yams to those of a scenario, resolves each alias, and counts all values that it stands for.
struct YAMLConverter {
    /// The value that an anchor names, with the number of its values and of its levels.
    private struct Anchored {
        let node: ScenarioNode
        let count: Int
        let levels: Int
    }

    private let mask: YAMLMask
    private let limits: ScenarioFile.Limits
    private var anchors: [String: Anchored] = [:]
    private var count = 0
    /// The deepest level reached so far in the value that is being converted.
    private var deepest = 0

    init(mask: YAMLMask, limits: ScenarioFile.Limits) {
        self.mask = mask
        self.limits = limits
    }

    /// Converts the root node of a file.
    ///
    /// - Throws: a ``ScenarioProblem`` for the first value that is not accepted.
    mutating func convert(_ root: Node) throws -> ScenarioNode { try convert(root, depth: 0) }

    private mutating func convert(_ node: Node, depth: Int) throws -> ScenarioNode {
        let position = ScenarioNode.Position(node.mark)
        if case .scalar(let scalar) = node, scalar.style == .plain, scalar.string.unicodeScalars.first == mask.standIn {
            return try alias(scalar.string, at: position, depth: depth)
        }
        let (before, around) = (count, deepest)
        deepest = depth
        try add(1, levels: 1, at: position, depth: depth)
        let converted = ScenarioNode(try value(of: node, at: position, depth: depth), at: position)
        if let anchor = node.anchor?.rawValue {
            anchors[anchor] = Anchored(node: converted, count: count - before, levels: deepest - depth + 1)
        }
        deepest = max(deepest, around)
        return converted
    }

    private mutating func value(
        of node: Node, at position: ScenarioNode.Position, depth: Int
    ) throws -> ScenarioNode.Value {
        try checkTag(of: node, at: position)
        switch node {
        case .scalar(let scalar):
            // A plain scalar has a tag only if the file has one there, and `!!str 5` is a text.
            let isPlain = scalar.style == .plain && scalar.tag.rawValue.isEmpty
            return .scalar(mask.restored(scalar.string), isPlain: isPlain)
        case .sequence(let sequence):
            return .sequence(try sequence.map { try convert($0, depth: depth + 1) })
        case .mapping(let mapping):
            return .mapping(
                try mapping.map { (try key($0.key, depth: depth + 1), try convert($0.value, depth: depth + 1)) })
        case .alias:
            throw ScenarioProblem(position, "there is an alias; expected a value")
        }
    }

    private mutating func key(_ node: Node, depth: Int) throws -> ScenarioNode {
        let key = try convert(node, depth: depth)
        // The position is that of the key, even if the key is an alias.
        let position = ScenarioNode.Position(node.mark)
        guard let text = key.text else {
            throw ScenarioProblem(position, "a key is \(key.kind); expected a text")
        }
        guard text != "<<" || node.scalar?.style != .plain else {
            throw ScenarioProblem(
                position, "merge keys (<<) are not read; expected the keys themselves")
        }
        return ScenarioNode(key.value, at: position)
    }

    private mutating func alias(_ text: String, at position: ScenarioNode.Position, depth: Int) throws -> ScenarioNode {
        let name = String(text.unicodeScalars.dropFirst())
        guard let anchored = anchors[name] else {
            throw ScenarioProblem(
                position,
                name.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) } && !name.isEmpty
                    ? "*\(name) is an alias of nothing; expected &\(name) before it, or quotes if it is a text"
                    : "a text can't start with *; expected quotes around it")
        }
        try add(anchored.count, levels: anchored.levels, at: position, depth: depth)
        return anchored.node
    }

    /// Counts values that are about to be used, and checks the limits.
    private mutating func add(
        _ count: Int, levels: Int, at position: ScenarioNode.Position, depth: Int
    ) throws {
        self.count += count
        guard self.count <= limits.values else {
            throw ScenarioProblem(
                position, "the file has more than \(limits.values) values, aliases counted; expected fewer")
        }
        deepest = max(deepest, depth + levels - 1)
        guard deepest <= ScenarioFile.deepest else {
            throw ScenarioProblem(position, "values nest deeper than \(ScenarioFile.deepest) levels; expected fewer")
        }
    }

    /// Checks that a value has no tag that would change it: tags are not applied. Those of YAML's basic kinds are
    /// accepted, since the kinds are distinguished without them.
    private func checkTag(of node: Node, at position: ScenarioNode.Position) throws {
        // The tag is read from the value, since that of the node is a default one if the file has none.
        let tag =
            switch node {
            case .scalar(let scalar): scalar.tag.rawValue
            case .sequence(let sequence): sequence.tag.rawValue
            case .mapping(let mapping): mapping.tag.rawValue
            case .alias: ""
            }
        guard tag.isEmpty || ["str", "seq", "map"].contains(where: { tag == "tag:yaml.org,2002:\($0)" }) else {
            throw ScenarioProblem(
                position, "the tag \(mask.restored(tag)) is not known here; expected a value without a tag")
        }
    }
}

extension ScenarioNode.Position {
    /// Converts a position of libyaml, which counts characters, as editors do.
    init(_ mark: Mark?) { self.init(line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1)) }
}
