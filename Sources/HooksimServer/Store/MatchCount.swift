import Synchronization
import Webhooks

/// The number of rows that match a condition, kept current while an expectation waits.
final class MatchCount: Sendable {
    /// How far the rows have been counted.
    struct Progress: Sendable, Equatable {
        /// The number of the row up to which all rows are counted. A change of a later row is ignored, since that row
        /// is counted as it is when the count gets there.
        var position = Int.min
        var count = 0

        var isComplete: Bool { position == .max }

        /// Returns the progress of a count that includes all rows.
        static func complete(_ count: Int) -> Self { Self(position: .max, count: count) }
    }

    /// The progress of a count in the transaction under way.
    struct Change: Sendable {
        let count: MatchCount
        var progress: Progress

        /// Adds to the number of rows if the row is counted already.
        mutating func add(_ number: Int, row: Int) {
            if row <= progress.position { progress.count += number }
        }
    }

    enum Result: Sendable {
        /// Not all rows are counted.
        case incomplete(Int)
        case counted(Int)
        /// The number of rows was as expected, be it only for a moment.
        case met(Int)
    }

    let id: Int
    /// The signal that is notified when the expectation is met, and when the rows are to be counted again.
    let changes = ChangeSignal()
    private let isExpected: @Sendable (Int) -> Bool
    private let state = Mutex<(progress: Progress, met: Int?)>((Progress(), nil))

    /// Creates a count of no rows.
    ///
    /// - Parameter isExpected: A closure that returns whether a number of rows is as expected.
    init(id: Int, isExpected: @escaping @Sendable (Int) -> Bool) {
        self.id = id
        self.isExpected = isExpected
    }

    var progress: Progress { state.withLock { $0.progress } }

    var result: Result {
        state.withLock { state in
            if let met = state.met { return .met(met) }
            let progress = state.progress
            return progress.isComplete ? .counted(progress.count) : .incomplete(progress.count)
        }
    }

    /// Sets the progress after a commit, or after a read outside of a transaction.
    ///
    /// - Returns: Whether ``changes`` is to be notified.
    func update(to progress: Progress) -> Bool {
        state.withLock { state in
            let wasComplete = state.progress.isComplete
            state.progress = progress
            guard state.met == nil else { return false }
            guard progress.isComplete else { return wasComplete }
            guard isExpected(progress.count) else { return false }
            state.met = progress.count
            return true
        }
    }
}
