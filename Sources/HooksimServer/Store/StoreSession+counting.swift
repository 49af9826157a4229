import SQLite
import Webhooks

/// The counts for which expectations wait. What changes a row notes the change here, beside the statement that makes it,
/// and the counts follow when the transaction is committed. Without expectations, nothing is noted.
extension StoreSession {
    /// The number of rows that are read at once for a count, which takes the store some milliseconds.
    static let countedSlice = 1000

    // MARK: Changes

    /// Notes the change of an event, of which the row is in the store when this is called.
    ///
    /// - Parameters:
    ///   - old: The event before the change; `nil` if it is new.
    ///   - new: The event after the change; `nil` if it is about to be removed.
    func noteEvent(from old: EventFacts?, to new: EventFacts?) {
        guard let row = (old ?? new)?.row else { return }
        apply(waitingCounts.change(from: old, to: new), row: row)
    }

    /// Notes the transition of an event that is about to happen.
    ///
    /// - Parameter change: A closure that changes the facts of the event as the transition will change its row.
    func noteTransition(ofEvent event: Int, _ change: (inout EventFacts) -> Void) throws {
        guard waitingCounts.hasEvents else { return }
        for old in try EventFacts.all(where: "row.event = ?", event, in: self) {
            var new = old
            change(&new)
            noteEvent(from: old, to: new)
        }
    }

    /// Notes that all events and attempts, or those of one partner, are not seen any more. Counts that also concern other
    /// partners begin again. The removal of the rows themselves is not noted.
    func noteRemoval(ofPartner partner: Int? = nil) {
        for waiting in waitingCounts.all(of: .events) + waitingCounts.all(of: .attempts) {
            if let partner, !waiting.concerns(partner: partner) { continue }
            let isEmpty = partner == nil || waiting.condition.fields[EventFacts.Field.clientID.rawValue] != nil
            set(waiting.count, to: isEmpty ? .complete(0) : .init())
        }
    }

    /// Notes a new attempt, or one that is about to be removed.
    func noteAttempt(from old: AttemptFacts?, to new: AttemptFacts?) {
        guard let row = (old ?? new)?.row else { return }
        apply(waitingCounts.change(from: old, to: new), row: row)
    }

    /// Notes that the numbers of all attempts from one on are increased by one.
    func noteShift(ofAttemptsFrom first: Int) {
        for waiting in waitingCounts.all(of: .attempts) {
            var progress = progress(of: waiting.count)
            guard !progress.isComplete, progress.position >= first else { continue }
            progress.position += 1
            set(waiting.count, to: progress)
        }
    }

    private func apply(_ changes: (left: [WaitingCount], joined: [WaitingCount]), row: Int) {
        for waiting in changes.left { change(waiting, row: row, by: -1) }
        for waiting in changes.joined { change(waiting, row: row, by: 1) }
    }

    private func change(_ waiting: WaitingCount, row: Int, by number: Int) {
        let count = waiting.count
        if waiting.condition.hasPayload, row <= progress(of: count).position {
            do {
                guard try EventTable.matchesPayload(waiting.condition, event: row, self) else { return }
            } catch {
                // The error is that of the expectation, which gets it when it counts again, and not that of the change.
                return set(count, to: .init())
            }
        }
        countProgress[count.id, default: .init(count: count, progress: count.progress)].add(number, row: row)
    }

    // MARK: Counting

    /// Counts the next rows for a count, or all if their number is known.
    ///
    /// - Parameter limit: The maximum number of rows that are read.
    /// - Returns: Whether all rows are counted.
    func countNext(_ waiting: WaitingCount, limit: Int = countedSlice) throws -> Bool {
        var progress = progress(of: waiting.count)
        guard !progress.isComplete else { return true }
        let condition = waiting.condition
        if waiting.readsAllRows {
            let position = progress.position
            let next =
                switch waiting.table {
                case .events: try EventTable.count(condition, after: position, limit: limit, self)
                case .attempts: try AttemptTable.count(condition, after: position, limit: limit, self)
                }
            progress = .init(position: next.last, count: progress.count + next.count)
        } else if condition.isOfKinds {
            progress = .complete(try EventCounts.count(condition, self))
        } else {
            let isOfEvents = waiting.table == .events
            progress = .complete(
                try isOfEvents ? EventTable.count(condition, self) : AttemptTable.count(condition, self))
        }
        set(waiting.count, to: progress)
        return progress.isComplete
    }

    private func progress(of count: MatchCount) -> MatchCount.Progress {
        countProgress[count.id]?.progress ?? count.progress
    }

    private func set(_ count: MatchCount, to progress: MatchCount.Progress) {
        if connection.isInTransaction {
            countProgress[count.id] = .init(count: count, progress: progress)
        } else {
            // Only the task that waits for the count reads rows for it, so no other one has to be resumed.
            _ = count.update(to: progress)
        }
    }
}
