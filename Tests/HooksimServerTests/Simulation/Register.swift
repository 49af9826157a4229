import Webhooks

/// What writes a value that the simulator keeps one of: the clock, or the settings.
struct RegisterWrite<Value: Sendable & Equatable>: Sendable {
    enum Kind: Sendable, Equatable {
        case set
        /// A reset, which gives the value of the start back.
        case reset
        /// A scenario, which gives back what it found.
        case scenario
        /// An advance of the clock, which adds to it.
        case advance
    }

    let number: Int
    let kind: Kind
    var span: Span
    var value: Value?
}

/// A value that the simulator keeps one of, with what wrote it since it was last known.
struct Register<Value: Sendable & Equatable>: Sendable {
    private(set) var known: Value?
    private(set) var writes: [RegisterWrite<Value>] = []

    mutating func begin(_ number: Int, _ kind: RegisterWrite<Value>.Kind, at tick: Int) {
        writes.append(RegisterWrite(number: number, kind: kind, span: Span(start: tick)))
    }

    mutating func end(_ number: Int, at tick: Int, _ value: Value?) {
        guard let index = writes.firstIndex(where: { $0.number == number }) else { return }
        writes[index].span.end = tick
        writes[index].value = value
    }

    /// Forgets a write that was refused.
    mutating func refuse(_ number: Int) { writes.removeAll { $0.number == number } }

    /// The values that are possible once all writes have ended; `nil` if they can't be determined.
    var possible: [Value]? {
        let sets = writes.filter { $0.kind == .set || $0.kind == .reset }
        let scenarios = writes.filter { $0.kind == .scenario }
        // What is set beside a scenario is either overwritten by it or not; a reset ends what came before it.
        for set in sets where set.kind == .set {
            if scenarios.contains(where: { $0.span.overlaps(set.span) }) { return nil }
        }
        guard !sets.isEmpty else { return known.map { [$0] } }
        let last = sets.filter { set in !sets.contains { set.span.isBefore($0.span) } }
        let values = last.compactMap { $0.value }
        return values.count == last.count ? values : nil
    }

    /// Begins anew with the value that was read while nothing wrote it.
    mutating func learn(_ value: Value) {
        known = value
        writes = []
    }
}
