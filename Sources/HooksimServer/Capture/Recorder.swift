import Synchronization
import Webhooks

/// Keeps what is done to the simulator, so that it can be had as a scenario at any time.
///
/// Actions are written to the store in passing, with whatever is committed next: a request that changes something is on its way before
/// the response, so that a crash is part of the recording too; reads wait for company. The first of a run are kept, since a scenario that
/// starts in the middle leads nowhere.
final class Recorder: Sendable {
    private static let maxActions = 20_000
    private static let maxBytes = 16 << 20
    private static let maxWaiting = 512
    /// About what an action takes besides its path, query and body, in bytes.
    private static let minActionSize = 200
    /// What each value in a body counts at least, in bytes: a file with too many is not read again.
    private static let minValueSize = 32

    fileprivate struct State {
        var waiting: [RecordedAction] = []
        /// Whether the store is going to take what waits, which is then one job for all that it commits together.
        var isFlushing = false
        var actions = 0
        var bytes = 0
        var isFull = false
        /// Whether what waits is to stay where it is, because a removal is under way that may concern it.
        var isHeld = false
    }

    private let state: Mutex<State>
    private let store: Store
    private let clock: SimulatedClock
    private let seed: UInt64
    private let settings: SettingsState
    private let boundaries: CaptureBoundaries

    /// Records that the simulator starts, for the first time or again.
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

    /// Whether nothing more is taken.
    var isFull: Bool { state.withLock { $0.isFull } }

    /// Records a request, unless what it is about was removed since it began.
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

    /// What was recorded until now, and whether there was more.
    func actions() async throws -> (actions: [RecordedAction], isCut: Bool) {
        flush()
        // A write comes after those before it; a read might overtake them.
        return (try await store.write { try ActionTable.all($0) }, isFull)
    }

    /// Replaces the recording by one that has only begun, within the transaction of a reset.
    ///
    /// Until ``restart()`` or ``release()`` nothing more is written: what waits belongs to the past if the transaction is committed.
    func writeRestart(at instant: Timestamp, settings: Settings, _ session: StoreSession) throws {
        hold()
        try ActionTable.removeAll(session)
        try ActionTable.insert(
            RecordedAction(at: instant, .start(seed: seed, settings: settings.json, after: nil)), session)
    }

    /// Forgets what is not in the store yet, once the transaction of ``writeRestart(at:settings:_:)`` was committed.
    func restart() { state.withLock { $0 = State(actions: 1) } }

    /// Writes nothing until ``release()``, ``forget(clientID:)`` or ``restart()``.
    func hold() { state.withLock { $0.isHeld = true } }

    /// Writes again what waits.
    func release() {
        state.withLock { $0.isHeld = false }
        flush()
    }

    /// Forgets what one client did and is not in the store yet.
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
            // What comes after a gap leads nowhere, so the recording ends here, and says so.
            guard error != nil else { return }
            self.state.withLock { state in
                state.isFull = true
                state.isFlushing = false
            }
        }
    }
}

extension Recorder.State {
    /// Counts a read that is the same as the action before it, at the same instant.
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
    /// How many values it is made of, itself among them.
    fileprivate var valueCount: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.valueCount }
        case .object(let object): object.members.reduce(1) { $0 + $1.value.valueCount }
        case .string, .number, .bool, .null: 1
        }
    }
}
