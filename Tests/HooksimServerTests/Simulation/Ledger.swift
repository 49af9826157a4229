import Webhooks

/// What became of an operation.
enum Outcome: Sendable {
    case underWay
    case acknowledged
    /// The response says that nothing was changed.
    case refused
    /// There was no response, because the client disconnected or the process was killed: the operation may have taken
    /// effect or not.
    case unknown
}

/// Something that an operation creates.
struct Fact: Sendable {
    enum Kind: Sendable, Equatable { case partner, token, subscription, event, fault }

    let kind: Kind
    /// The number of the operation that creates it.
    let number: Int
    /// The client that it belongs to; empty for a fault rule.
    let client: String
    /// The id, the text of the token, or of a partner its `partner_id`.
    var id = ""
    /// The entity of an event, the URL of a subscription, the secret of a partner, the effect of a fault rule.
    var text = ""
    var topic: Topic?
    /// When the client had the token by which it is created: a removal after that ends it, whenever it is created.
    var tokenEnd = Int.max
    /// The same of the partner that it names by its secret, or whose token it is.
    var partnerEnd = Int.max
    var span: Span
    var outcome = Outcome.underWay
    /// The deletions of this one: of a subscription, of a fault rule.
    var deletions: [Removal] = []
    /// Whether it is known to be gone.
    var isPast = false

    /// Whether this belongs to what a removal removes: it, or that by which it was created, was there before.
    func beganBefore(_ removal: Removal) -> Bool {
        let began =
            switch removal.scope {
            case .one, .faults: span.end
            case .contents: min(tokenEnd, span.end)
            case .all, .partner: min(partnerEnd, tokenEnd, span.end)
            }
        return began < removal.span.start
    }
}

extension Fact: CustomStringConvertible {
    var description: String { "\(kind) of \(number)" }
}

/// An operation that removes.
struct Removal: Sendable {
    enum Scope: Sendable, Equatable {
        case all
        /// All that a client has; the client stays.
        case contents(client: String)
        case partner(client: String)
        case faults
        /// One thing, among whose deletions it is.
        case one
    }

    let number: Int
    var scope: Scope
    var span: Span
    var outcome = Outcome.underWay

    func concerns(_ fact: Fact) -> Bool {
        switch scope {
        case .all: true
        case .contents(let client): fact.client == client && fact.kind != .partner && fact.kind != .fault
        case .partner(let client): fact.client == client && fact.kind != .fault
        case .faults: fact.kind == .fault
        case .one: true
        }
    }
}

/// All that was done, in order, and what must therefore be there, or gone.
struct Ledger {
    enum Presence { case present, gone, unknown }

    private(set) var facts: [Fact] = []
    private(set) var removals: [Removal] = []
    /// The deletions by the ids that they name, since an id may be that of something that is just being created.
    private var deletions: [(id: String, removal: Removal)] = []
    /// When requests of the simulated API were under way.
    private(set) var apiRequests: [Span] = []
    /// All tokens that clients ever got.
    private(set) var tokens: Set<String> = []

    /// Returns whether a fact must be there by now, or must be gone.
    func presence(_ fact: Fact) -> Presence {
        if fact.outcome == .refused || fact.isPast { return .gone }
        var isCertain = fact.outcome == .acknowledged
        for list in [removals, fact.deletions] {
            for index in list.indices where list[index].concerns(fact) {
                switch list[index].outcome {
                case .refused: continue
                case .acknowledged where fact.beganBefore(list[index]): return .gone
                default: if list[index].span.end >= fact.span.start { isCertain = false }
                }
            }
        }
        return isCertain ? .present : .unknown
    }

    /// Notes which facts are gone for good: no crash to come can undo a removal that has ended before it.
    mutating func forgetPast() {
        for index in facts.indices where !facts[index].isPast && facts[index].outcome != .underWay {
            // A deleted subscription is still a row, which a removal takes away.
            var fact = facts[index]
            if fact.kind == .subscription { fact.deletions = [] }
            if presence(fact) == .gone { facts[index].isPast = true }
        }
    }

    /// Returns the first removal after whose end nothing of a fact may happen any more.
    func end(of fact: Fact) -> Removal? {
        (removals + fact.deletions).filter {
            $0.concerns(fact) && $0.outcome == .acknowledged && fact.beganBefore($0)
        }.min { $0.span.end < $1.span.end }
    }

    func facts(_ kind: Fact.Kind) -> [Fact] { facts.filter { $0.kind == kind } }

    /// The facts of a kind that clients know of.
    func known(_ kind: Fact.Kind) -> [Fact] { facts.filter { $0.kind == kind && $0.outcome == .acknowledged } }

    /// The tokens whose text is known, but for those that came again, which is a violation of its own.
    var uniqueTokens: [Fact] {
        let tokens = facts.filter { $0.kind == .token && !$0.id.isEmpty }
        let counts = Dictionary(grouping: tokens) { $0.id }
        return tokens.filter { counts[$0.id]?.count == 1 }
    }

    // MARK: Noting

    mutating func begin(_ fact: Fact) { facts.append(fact) }

    /// Notes how the operation with this number ended; `change` adds the values of its response to the facts that it created.
    mutating func end(_ number: Int, at tick: Int, _ outcome: Outcome, _ change: (inout Fact) -> Void = { _ in }) {
        for index in facts.indices where facts[index].number == number {
            facts[index].span.end = tick
            facts[index].outcome = outcome
            change(&facts[index])
            addDeletions(to: &facts[index])
        }
    }

    /// Adds the deletions that named the id of a fact before it was known whose id that is.
    private func addDeletions(to fact: inout Fact) {
        guard !fact.id.isEmpty else { return }
        let known = Set(fact.deletions.map { $0.number })
        fact.deletions += deletions.filter { deletion in
            deletion.id == fact.id && deletion.removal.span.end >= fact.span.start
                && !known.contains(deletion.removal.number)
        }.map { $0.removal }
    }

    /// Replaces the fact of a trigger by one for each event that its response lists.
    mutating func endTrigger(_ number: Int, at tick: Int, ids: [String], _ outcome: Outcome) {
        guard let index = facts.firstIndex(where: { $0.number == number }) else { return }
        var fact = facts.remove(at: index)
        fact.span.end = tick
        fact.outcome = outcome
        for id in ids {
            fact.id = id
            facts.append(fact)
        }
    }

    mutating func begin(_ removal: Removal) { removals.append(removal) }

    /// Notes how a removal ended, and its scope if only the response has it.
    mutating func endRemoval(_ number: Int, at tick: Int, _ outcome: Outcome, scope: Removal.Scope? = nil) {
        for index in removals.indices where removals[index].number == number {
            removals[index].span.end = tick
            removals[index].outcome = outcome
            if let scope { removals[index].scope = scope }
        }
        for index in deletions.indices where deletions[index].removal.number == number {
            deletions[index].removal.span.end = tick
            deletions[index].removal.outcome = outcome
        }
        for index in facts.indices {
            for deletion in facts[index].deletions.indices where facts[index].deletions[deletion].number == number {
                facts[index].deletions[deletion].span.end = tick
                facts[index].deletions[deletion].outcome = outcome
            }
        }
    }

    /// Notes that the thing with this number is being deleted.
    mutating func beginDeletion(of id: String, _ removal: Removal) {
        deletions.append((id, removal))
        for index in facts.indices where facts[index].id == id { facts[index].deletions.append(removal) }
    }

    mutating func noteRequest(_ span: Span) { apiRequests.append(span) }

    /// Notes a token; returns whether there was the same one before.
    mutating func note(token: String) -> Bool { !tokens.insert(token).inserted }

    /// Notes that the process was killed: what was not acknowledged by then happened or did not, and nothing in memory is left.
    mutating func crash(_ crash: Span) {
        let isLost = { (span: Span, outcome: Outcome) in span.end > crash.start && outcome != .refused }
        // A token that was committed after the copy was never issued, as far as the copy knows.
        for fact in facts where fact.kind == .token && isLost(fact.span, fact.outcome) { tokens.remove(fact.id) }
        for index in facts.indices {
            if isLost(facts[index].span, facts[index].outcome) {
                facts[index].outcome = .unknown
                facts[index].span.end = min(facts[index].span.end, crash.end)
            }
            // A refusal that came after the copy was decided on what was not in it.
            if facts[index].outcome == .refused, facts[index].span.end > crash.start { facts[index].outcome = .unknown }
            for deletion in facts[index].deletions.indices {
                Self.lose(&facts[index].deletions[deletion], in: crash)
            }
        }
        for index in removals.indices { Self.lose(&removals[index], in: crash) }
        for index in deletions.indices { Self.lose(&deletions[index].removal, in: crash) }
        facts.removeAll { $0.kind == .fault }
        apiRequests = []
    }

    private static func lose(_ removal: inout Removal, in crash: Span) {
        guard removal.span.end > crash.start else { return }
        removal.outcome = .unknown
        removal.span.end = crash.end
    }
}
