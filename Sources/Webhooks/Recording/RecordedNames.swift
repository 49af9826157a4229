/// The names under which a recording saves what was made, so that later steps can speak of it.
struct RecordedNames {
    private var names: [String: (name: String, index: Int)] = [:]
    private var counts: [String: Int] = [:]
    private var used: Set<String> = []
    private var secrets: [String: String] = [:]

    /// A new name for what one call made; `nil` when it made nothing.
    mutating func name(_ kind: String, _ made: [String]) -> String? {
        guard !made.isEmpty else { return nil }
        counts[kind, default: 0] += 1
        let name = "\(kind)_\(counts[kind]!)"
        for (index, id) in made.enumerated() { names[id] = (name, index) }
        return name
    }

    func knows(_ id: String) -> Bool { names[id] != nil }

    func knowsAny(in path: String) -> Bool { path.split(separator: "/").contains { knows(String($0)) } }

    func isUsed(_ name: String) -> Bool { used.contains(name) }

    /// How a later step writes it; an id that no recorded call made stands for itself.
    mutating func reference(to id: String, part: String? = nil) -> String {
        guard let (name, index) = names[id] else { return id }
        used.insert(name)
        let element = index == 0 ? "" : ".\(index + 1)"
        return "${\(name)\(element)\(part.map { ".\($0)" } ?? "")}"
    }

    /// A placeholder: the same for the same secret.
    mutating func secret(_ tag: String) -> String {
        if let known = secrets[tag] { return known }
        let placeholder = "placeholder-secret-\(secrets.count + 1)"
        secrets[tag] = placeholder
        return placeholder
    }
}
