import Synchronization
import Webhooks

/// A count of rows of the store for which an expectation waits.
///
/// It is a class, since a change of a row looks up many of them, and the condition costs more to copy than to change.
final class WaitingCount: Sendable {
    enum Table: Sendable { case events, attempts }

    let table: Table
    let condition: Condition
    let count: MatchCount

    init(table: Table, condition: Condition, count: MatchCount) {
        self.table = table
        self.condition = condition
        self.count = count
    }

    /// Whether all rows have to be read, since neither an index nor the event counts have the number.
    var readsAllRows: Bool {
        switch table {
        case .events: !condition.isOfKinds && condition.fields[EventFacts.Field.id.rawValue] == nil
        case .attempts: condition.fields[AttemptFacts.Field.eventID.rawValue] == nil
        }
    }

    /// Returns whether rows of a partner may match.
    func concerns(partner: Int) -> Bool {
        condition.fields[EventFacts.Field.clientID.rawValue].map { $0 == .integer(partner) } ?? true
    }
}

/// The counts of events and attempts for which expectations wait.
final class MatchCountRegistry: Sendable {
    private struct State {
        var lastID = 0
        var events = MatchIndex<EventFacts, WaitingCount>()
        var attempts = MatchIndex<AttemptFacts, WaitingCount>()
        /// The counts that the last transaction has completed or restarted.
        var changed: [MatchCount] = []
    }

    private let state = Mutex(State())

    /// Whether changes of events have to be noted.
    var hasEvents: Bool { state.withLock { !$0.events.isEmpty } }
    /// Whether changes of attempts have to be noted.
    var hasAttempts: Bool { state.withLock { !$0.attempts.isEmpty } }

    /// Adds a count, for which changes are noted from now on. No row is counted yet.
    func add(
        _ condition: Condition, of table: WaitingCount.Table, isExpected: @escaping @Sendable (Int) -> Bool
    ) -> WaitingCount {
        state.withLock { state in
            state.lastID += 1
            let id = state.lastID
            let waiting = WaitingCount(
                table: table, condition: condition, count: MatchCount(id: id, isExpected: isExpected))
            switch table {
            case .events: state.events.insert(waiting, id: id, wanted: condition.fields)
            case .attempts: state.attempts.insert(waiting, id: id, wanted: condition.fields)
            }
            return waiting
        }
    }

    func remove(_ waiting: WaitingCount) {
        let (id, wanted) = (waiting.count.id, waiting.condition.fields)
        state.withLock { state in
            switch waiting.table {
            case .events: state.events.remove(id: id, wanted: wanted)
            case .attempts: state.attempts.remove(id: id, wanted: wanted)
            }
        }
    }

    /// Returns the counts that the change of an event may concern.
    func change(from old: EventFacts?, to new: EventFacts?) -> (left: [WaitingCount], joined: [WaitingCount]) {
        state.withLock { $0.events.change(from: old, to: new) }
    }

    /// Returns the counts that the change of an attempt concerns.
    func change(from old: AttemptFacts?, to new: AttemptFacts?) -> (left: [WaitingCount], joined: [WaitingCount]) {
        state.withLock { $0.attempts.change(from: old, to: new) }
    }

    /// Updates counts after a commit. Their waiting tasks are resumed by ``announce()``.
    func update(_ changes: some Collection<MatchCount.Change>) {
        let changed = changes.filter { $0.count.update(to: $0.progress) }.map(\.count)
        if !changed.isEmpty { state.withLock { $0.changed += changed } }
    }

    /// Resumes the tasks that wait for counts which the last commits have changed. It is called once the writers of these
    /// commits have been resumed, so that an expectation is not met before what it waits for has had its effects.
    func announce() {
        let changed = state.withLock { state in
            defer { state.changed = [] }
            return state.changed
        }
        for count in changed { count.changes.notify() }
    }

    func all(of table: WaitingCount.Table) -> [WaitingCount] {
        state.withLock { table == .events ? $0.events.all : $0.attempts.all }
    }
}
