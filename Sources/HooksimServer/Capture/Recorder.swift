import Synchronization
import Webhooks

/// Keeps what is done to the simulator, so that it can be had as a scenario at any time.
///
/// Acts are written to the store in passing, with whatever is committed next: a call that changes something is on its way before it is
/// answered, so that a crash is part of the recording too; reads wait for company. The first of a run are kept, since a scenario that
/// starts in the middle leads nowhere.
final class Recorder: Sendable {
    private static let mostActs = 20_000
    private static let mostBytes = 16 << 20
    private static let mostWaiting = 512
    /// About what an act takes besides its path, query and body.
    private static let smallestAct = 200

    fileprivate struct State {
        var waiting: [RecordedAct] = []
        /// Whether the store is going to take what waits, which is then one job for all that it commits together.
        var isFlushing = false
        var acts = 0
        var bytes = 0
        var isFull = false
        /// Whether what waits is to stay where it is, because a removal is under way that may concern it.
        var isHeld = false
    }

    private let state: Mutex<State>
    private let store: Store
    private let clock: SimulatedClock
    private let seed: UInt64
    private let settings: SettingsStore

    /// Records that the simulator starts, for the first time or again.
    init(store: Store, clock: SimulatedClock, seed: UInt64, settings: SettingsStore) throws {
        self.store = store
        self.clock = clock
        self.seed = seed
        self.settings = settings
        let now = clock.now
        let current = settings.current.json
        let (acts, bytes) = try store.writeSynchronously { session in
            let ending = try ActionTable.ending(session)
            try ActionTable.insert(RecordedAct(at: now, .start(seed: seed, settings: current, after: ending)), session)
            return try ActionTable.size(session)
        }
        state = Mutex(State(acts: acts, bytes: bytes, isFull: acts >= Self.mostActs || bytes >= Self.mostBytes))
    }

    /// Whether nothing more is taken.
    var isFull: Bool { state.withLock { $0.isFull } }

    /// - Parameter bodySize: the bytes of the body as it was sent.
    func record(_ call: RecordedCall, bodySize: Int, at instant: Timestamp) {
        let act = RecordedAct(at: instant, .call(call))
        let size = Self.smallestAct + call.path.utf8.count + call.query.utf8.count + bodySize
        let isDue = state.withLock { state -> Bool in
            guard !state.isFull else { return false }
            if call.isRead, state.repeatsLast(act) { return false }
            state.waiting.append(act)
            state.acts += 1
            state.bytes += size
            state.isFull = state.acts >= Self.mostActs || state.bytes >= Self.mostBytes
            return !call.isRead || state.waiting.count >= Self.mostWaiting || state.isFull
        }
        if isDue { flush() }
    }

    func recordStop() async throws {
        let now = clock.now
        state.withLock { $0.waiting.append(RecordedAct(at: now, .stop)) }
        flush()
        try await store.write { _ in }
    }

    /// What was recorded until now, and whether there was more.
    func acts() async throws -> (acts: [RecordedAct], isCut: Bool) {
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
            RecordedAct(at: instant, .start(seed: seed, settings: settings.json, after: nil)), session)
    }

    /// Forgets what is not in the store yet, once the transaction of ``writeRestart(at:settings:_:)`` was committed.
    func restart() { state.withLock { $0 = State(acts: 1) } }

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
            let acts = self.state.withLock { state -> [RecordedAct] in
                state.isFlushing = false
                guard !state.isHeld else { return [] }
                defer { state.waiting = [] }
                return state.waiting
            }
            for act in acts { try ActionTable.insert(act, session) }
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
    /// Counts a read that is the same as the act before it, at the same instant.
    fileprivate mutating func repeatsLast(_ act: RecordedAct) -> Bool {
        guard let last = waiting.last, last.at == act.at, case .call(var call) = last.kind else { return false }
        let times = call.times
        call.times = 1
        guard act.kind == .call(call) else { return false }
        call.times = times + 1
        waiting[waiting.count - 1].kind = .call(call)
        return true
    }
}
