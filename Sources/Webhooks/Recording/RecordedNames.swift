/// The names under which a recording saves what was created, so that later steps can speak of it.
struct RecordedNames {
    private var names: [String: (name: String, index: Int)] = [:]
    private var tokens: [Int: String] = [:]
    private var counts: [String: Int] = [:]
    private var used: Set<String> = []
    private var secrets: [String: String] = [:]
    private var secretCount = 0

    /// A new name for what one request created; `nil` when it created nothing.
    mutating func name(_ kind: String, _ created: [String]) -> String? {
        guard !created.isEmpty else { return nil }
        let name = nextName(kind)
        for (index, id) in created.enumerated() { names[id] = (name, index) }
        return name
    }

    /// A new name for a token by its number in this run.
    mutating func name(token number: Int) -> String {
        let name = nextName("token")
        tokens[number] = name
        return name
    }

    private mutating func nextName(_ kind: String) -> String {
        counts[kind, default: 0] += 1
        return "\(kind)_\(counts[kind]!)"
    }

    /// Forgets the numbers of tokens and secrets: another run of the simulator counts them from the beginning.
    mutating func beginRun() {
        tokens = [:]
        secrets = [:]
    }

    func knows(_ id: String) -> Bool { names[id] != nil }

    func knowsAny(in path: String) -> Bool { path.split(separator: "/").contains { knows(String($0)) } }

    func isUsed(_ name: String) -> Bool { used.contains(name) }

    /// How a later step writes it; an id that no recorded request created stands for itself.
    mutating func reference(to id: String, part: String? = nil) -> String {
        guard let (name, index) = names[id] else { return id }
        used.insert(name)
        let element = index == 0 ? "" : ".\(index + 1)"
        return "${\(name)\(element)\(part.map { ".\($0)" } ?? "")}"
    }

    /// How a later step writes a token; `nil` for one that no recorded request of this run issued.
    mutating func reference(toToken number: Int?) -> String? {
        guard let name = number.flatMap({ tokens[$0] }) else { return nil }
        used.insert(name)
        return "${\(name)}"
    }

    /// The placeholder of a secret as it was kept: the same for the same secret, within one run of the simulator.
    ///
    /// One that is refused for what it is stays as it was kept, so that it is refused again.
    mutating func secret(_ kept: String) -> String {
        guard SubscriptionRequest.accepts(secretKey: kept) else { return kept }
        if let known = secrets[kept] { return known }
        secretCount += 1
        let placeholder = SecretPlaceholder.text(secretCount)
        secrets[kept] = placeholder
        return placeholder
    }
}
