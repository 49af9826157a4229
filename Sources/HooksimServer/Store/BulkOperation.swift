import SQLite
import Webhooks

/// An operation on any number of rows, which is done in groups of a bounded number of rows.
///
/// Each group is one write, so that other reads and writes have their turn between two groups. The table keeps the
/// operations that are not finished: a process that was stopped in between resumes them at its next start. The rows of
/// an operation are chosen when it begins; those that are created or become eligible later do not belong to it.
struct BulkOperation: Sendable {
    /// What is done to each row.
    enum Work: Sendable {
        /// A new round begins for each failed event of a partner whose subscription is active.
        case retry(partner: Int)
        /// The pending deliveries of a subscription are cancelled.
        case cancellation(subscription: Int, partner: Int, reason: String)
        /// The rows of partners that no longer exist are removed. No request returns these rows any more.
        case removal(partners: ClosedRange<Int>)

        /// Whether a client can see how far the operation is.
        var isVisible: Bool { if case .removal = self { false } else { true } }
    }

    /// The place of an event in the order in which a retry visits them.
    struct Position: Sendable {
        var subscription = 0
        var createdAt = Timestamp(milliseconds: .min)
        var id = Identifier(high: 0, low: 0)
    }

    let work: Work
    /// The instant at which the operation began, at which all its changes happen.
    let at: Timestamp
    /// The row number of the last event that existed when the operation began.
    let lastEvent: Int
    var position = Position()

    /// The default of the maximum number of rows of a group, which takes the store some milliseconds.
    static let groupSize = 400

    /// The effect of a group.
    struct Group: Sendable {
        /// Whether no row is left.
        var isFinished: Bool
        /// The row numbers of the subscriptions with deliveries that fell due.
        var dueSubscriptions: Set<Int> = []
    }

    /// Begins an operation: its first group is part of the transaction under way, and so an operation on a few rows is
    /// finished with it.
    ///
    /// - Returns: the number under which the rest of the operation is kept, or `nil` if it is finished; and the effect
    ///   of the first group.
    @discardableResult
    static func begin(
        _ work: Work, at now: Timestamp, _ session: StoreSession
    ) throws -> (number: Int?, group: Group) {
        var operation = BulkOperation(work: work, at: now, lastEvent: try Sequences.lastEvent(session))
        let group = try operation.runGroup(session)
        return (group.isFinished ? nil : try BulkOperationTable.insert(operation, session), group)
    }

    /// Runs the next group of an operation within a transaction.
    ///
    /// - Returns: the effect of the group; `nil` if the operation no longer exists.
    static func runNext(ofNumber number: Int, _ session: StoreSession) throws -> (BulkOperation, Group)? {
        guard var operation = try BulkOperationTable.operation(number, session) else { return nil }
        let group = try operation.runGroup(session)
        if group.isFinished {
            try BulkOperationTable.remove(number, session)
        } else {
            try BulkOperationTable.move(number, to: operation.position, session)
        }
        return (operation, group)
    }

    private mutating func runGroup(_ session: StoreSession) throws -> Group {
        switch work {
        case .retry(let partner): return try retryGroup(partner: partner, session)
        case .cancellation(let subscription, _, let reason):
            let count = try EventTable.cancelPending(
                subscription: subscription, reason: reason, at: at, limit: session.groupSize, session)
            return Group(isFinished: count < session.groupSize)
        case .removal(let partners):
            return Group(isFinished: try Removal(partners: partners).runGroup(limit: session.groupSize, session))
        }
    }

    private mutating func retryGroup(partner: Int, _ session: StoreSession) throws -> Group {
        var group = Group(isFinished: true)
        var left = session.groupSize
        let active = try SubscriptionTable.activeRows(ofPartner: partner, from: position.subscription, session)
        for subscription in active {
            guard left > 0 else {
                group.isFinished = false
                break
            }
            if subscription > position.subscription { position = Position(subscription: subscription) }
            let count = try EventTable.requeueFailed(
                after: &position, upTo: lastEvent, at: at, limit: left, session)
            if count > 0 { group.dueSubscriptions.insert(subscription) }
            group.isFinished = count < left
            // A subscription without failed events counts as one row, since it costs as much.
            left -= max(count, 1)
        }
        return group
    }
}
