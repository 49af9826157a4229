import StrictJSON
import Synchronization
import Webhooks

/// Records the actions on the simulator, so that they can be exported as a scenario at any time.
///
/// Actions are written to the store together with the next commit. A request that changes something is passed to the
/// store before its response is sent, so that the recording includes a crash; reads are buffered. If the limit is
/// reached, the first actions of a run are kept, since a scenario must start at the beginning.
final class Recorder: Sendable {
    private static let maxActions = 20_000
    private static let maxBytes = 16 << 20
    private static let maxWaiting = 512
    /// The approximate size of an action in bytes, without its path, query and body.
    private static let minActionSize = 200
    /// The minimum size in bytes that is counted for each value in a body, since a scenario with too many values can't
    /// be read.
    private static let minValueSize = 32

    fileprivate struct State {
        var waiting: [RecordedAction] = []
        /// Whether a write of the waiting actions is scheduled; it writes all actions that wait when it runs.
        var isFlushing = false
        var actions = 0
        var bytes = 0
        var isFull = false
        /// Whether the waiting actions must not be written, because a removal is under way that may concern them.
        var isHeld = false
    }

    private let state: Mutex<State>
    private let store: Store
    private let clock: SimulatedClock
    private let seed: UInt64
    private let settings: SettingsState
    private let boundaries: CaptureBoundaries

    /// Creates a recorder, and records the start of the simulator, be it the first or a later one.
    init(store: Store, clock: SimulatedClock, seed: UInt64, settings: SettingsState, boundaries: CaptureBoundaries)
        throws
    {
        self.store = store
        self.boundaries = boundaries
        self.clock = clock
        self.seed = seed
        self.settings = settings
        let now = clock.now
        let current = settings.current.json
        let (actions, bytes) = try store.writeSynchronously { session in
            let ending = try ActionTable.ending(session)
            try ActionTable.insert(
                RecordedAction(at: now, .start(seed: seed, settings: current, after: ending)), session)
            return try ActionTable.size(session)
        }
        state = Mutex(
            State(actions: actions, bytes: bytes, isFull: actions >= Self.maxActions || bytes >= Self.maxBytes))
    }

    /// Whether the recording has reached its limit.
    var isFull: Bool { state.withLock { $0.isFull } }

    /// Records a request, unless the data that it concerns has been removed since it began.
    func record(_ request: CapturedRequest) {
        guard !isFull else { return }
        let action = request.action
        let size =
            Self.minActionSize + request.path.utf8.count + request.query.utf8.count
            + max(request.bodySize, Self.minValueSize * (request.body?.valueCount ?? 0))
        let isDue = state.withLock { state -> Bool in
            guard !state.isFull, !boundaries.isPast(request.stamp, clientID: request.ownerID) else { return false }
            if request.isRead, state.repeatsLast(action) { return false }
            state.waiting.append(action)
            state.actions += 1
            state.bytes += size
            state.isFull = state.actions >= Self.maxActions || state.bytes >= Self.maxBytes
            return !request.isRead || state.waiting.count >= Self.maxWaiting || state.isFull
        }
        if isDue { flush() }
    }

    func recordStop() async throws {
        let now = clock.now
        state.withLock { $0.waiting.append(RecordedAction(at: now, .stop)) }
        flush()
        try await store.write { _ in }
    }

    /// Returns the actions recorded so far, and whether further actions were left out.
    func actions() async throws -> (actions: [RecordedAction], isCut: Bool) {
        flush()
        // A write runs after all earlier writes; a read could run before them.
        return (try await store.write { try ActionTable.all($0) }, isFull)
    }

    /// Replaces the recording by a new one within the transaction of a reset.
    ///
    /// No further actions are written until ``restart()`` or ``release()``, since the waiting actions are discarded if
    /// the transaction is committed.
    func writeRestart(at instant: Timestamp, settings: Settings, _ session: StoreSession) throws {
        hold()
        try ActionTable.removeAll(session)
        try ActionTable.insert(
            RecordedAction(at: instant, .start(seed: seed, settings: settings.json, after: nil)), session)
    }

    /// Discards the waiting actions after the transaction of ``writeRestart(at:settings:_:)`` has been committed.
    func restart() { state.withLock { $0 = State(actions: 1) } }

    /// Suspends writing until ``release()``, ``forget(clientID:)`` or ``restart()``.
    func hold() { state.withLock { $0.isHeld = true } }

    /// Resumes writing, beginning with the waiting actions.
    func release() {
        state.withLock { $0.isHeld = false }
        flush()
    }

    /// Discards the waiting actions of one client and resumes writing.
    func forget(clientID: String) {
        state.withLock { $0.waiting.removeAll { $0.clientID == clientID } }
        release()
    }

    private func flush() {
        let mustAsk = state.withLock { state in
            guard !state.waiting.isEmpty, !state.isFlushing, !state.isHeld else { return false }
            state.isFlushing = true
            return true
        }
        guard mustAsk else { return }
        store.write { session in
            let actions = self.state.withLock { state -> [RecordedAction] in
                state.isFlushing = false
                guard !state.isHeld else { return [] }
                defer { state.waiting = [] }
                return state.waiting
            }
            for action in actions { try ActionTable.insert(action, session) }
        } completion: { error in
            // Actions after a gap can't be repeated, so the recording ends here and is marked as incomplete.
            guard error != nil else { return }
            self.state.withLock { state in
                state.isFull = true
                state.isFlushing = false
            }
        }
    }
}

extension Recorder.State {
    /// Counts a read that equals the previous action at the same instant. Returns whether it does.
    fileprivate mutating func repeatsLast(_ action: RecordedAction) -> Bool {
        guard let last = waiting.last, last.at == action.at, case .request(var request) = last.kind else {
            return false
        }
        let times = request.times
        request.times = 1
        guard action.kind == .request(request) else { return false }
        request.times = times + 1
        waiting[waiting.count - 1].kind = .request(request)
        return true
    }
}

extension JSON {
    /// The number of values in the value, including itself.
    fileprivate var valueCount: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.valueCount }
        case .object(let object): object.members.reduce(1) { $0 + $1.value.valueCount }
        case .string, .number, .bool, .null: 1
        }
    }
}
