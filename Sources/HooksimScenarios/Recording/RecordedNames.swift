import Webhooks

/// The names under which the steps of a recording save ids, tokens and secrets, so that later steps can refer to them.
struct RecordedNames {
    private var names: [String: (name: String, index: Int)] = [:]
    private var tokens: [Int: String] = [:]
    private var counts: [String: Int] = [:]
    private var used: Set<String> = []
    private var secrets: [String: String] = [:]
    private var secretCount = 0

    /// Returns a new name for the objects that one request created; `nil` if it created none.
    mutating func name(_ kind: String, _ created: [String]) -> String? {
        guard !created.isEmpty else { return nil }
        let name = nextName(kind)
        for (index, id) in created.enumerated() { names[id] = (name, index) }
        return name
    }

    /// Returns a new name for a token by its number in this run.
    mutating func name(token number: Int) -> String {
        let name = nextName("token")
        tokens[number] = name
        return name
    }

    private mutating func nextName(_ kind: String) -> String {
        counts[kind, default: 0] += 1
        return "\(kind)_\(counts[kind]!)"
    }

    /// Removes the names of tokens and secrets, because each run of the simulator numbers them from the beginning.
    mutating func beginRun() {
        tokens = [:]
        secrets = [:]
    }

    func knows(_ id: String) -> Bool { names[id] != nil }

    func knowsAny(in path: String) -> Bool { path.split(separator: "/").contains { knows(String($0)) } }

    func isUsed(_ name: String) -> Bool { used.contains(name) }

    /// Returns the reference of a later step to an id; an id that no recorded request created stands for itself.
    mutating func reference(to id: String, part: String? = nil) -> String {
        guard let (name, index) = names[id] else { return id }
        used.insert(name)
        let element = index == 0 ? "" : ".\(index + 1)"
        return "${\(name)\(element)\(part.map { ".\($0)" } ?? "")}"
    }

    /// Returns the reference of a later step to a token; `nil` for one that no recorded request of this run issued.
    mutating func reference(toToken number: Int?) -> String? {
        guard let name = number.flatMap({ tokens[$0] }) else { return nil }
        used.insert(name)
        return "${\(name)}"
    }

    /// Returns the placeholder of a stored secret, which is the same for equal secrets within one run of the simulator.
    ///
    /// A stored secret that is refused is returned unchanged, so that it is refused again.
    mutating func secret(_ kept: String) -> String {
        guard SubscriptionRequest.accepts(secretKey: kept) else { return kept }
        if let known = secrets[kept] { return known }
        secretCount += 1
        let placeholder = SecretPlaceholder.text(secretCount)
        secrets[kept] = placeholder
        return placeholder
    }
}
