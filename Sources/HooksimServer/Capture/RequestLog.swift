import HTTPTypes
import Synchronization
import Webhooks

/// The API calls received, newest at the end, in memory: bounded, and gone with the process.
final class RequestLog: Sendable {
    struct Entry: Sendable {
        var seq = 0
        let at: Timestamp
        let method: String
        let path: String
        let query: String
        /// `nil` when a fault cut the connection instead of answering.
        let status: Int?
        let partner: Int?
        let client: String?
        let fault: String?
        /// What was sent, without its secrets; `nil` when there was none, or much.
        var body: String?
    }

    private struct State {
        /// How many calls are kept.
        var capacity = 0
        var entries: [Entry] = []
        /// Where the oldest entry is once the ring is full.
        var start = 0
        var count = 0

        var ordered: ArraySlice<Entry> { entries[start...] + entries[..<start] }
    }

    private let state = Mutex(State())
    private let settings: SettingsStore
    private let changes: ChangeSignal
    private let stream: EventStream

    init(settings: SettingsStore, changes: ChangeSignal, stream: EventStream) {
        self.settings = settings
        self.changes = changes
        self.stream = stream
    }

    func append(_ entry: Entry) {
        var entry = entry
        let capacity = settings.current.retentionRequests
        state.withLock { state in
            state.count += 1
            entry.seq = state.count
            if state.capacity != capacity {
                state.entries = Array(state.ordered.suffix(capacity))
                state.start = 0
                state.capacity = capacity
            }
            if state.entries.count < capacity {
                state.entries.append(entry)
            } else {
                state.entries[state.start] = entry
                state.start = (state.start + 1) % capacity
            }
        }
        changes.notify()
        stream.publish(entry)
    }

    /// The entries that match, oldest first.
    func entries(after seq: Int = 0, limit: Int = .max, where matches: (Entry) -> Bool) -> [Entry] {
        let (entries, start) = state.withLock { ($0.entries, $0.start) }
        var found: [Entry] = []
        for index in entries.indices {
            let entry = entries[(start + index) % entries.count]
            guard entry.seq > seq, matches(entry) else { continue }
            if found.count == limit { break }
            found.append(entry)
        }
        return found
    }

    /// The entries that match, newest first.
    func newest(_ limit: Int, where matches: (Entry) -> Bool) -> [Entry] {
        let (entries, start) = state.withLock { ($0.entries, $0.start) }
        var found: [Entry] = []
        for index in entries.indices.reversed() {
            let entry = entries[(start + index) % entries.count]
            guard matches(entry) else { continue }
            found.append(entry)
            if found.count == limit { break }
        }
        return found
    }

    /// Forgets all calls, or those of one partner.
    func clear(partner: Int? = nil) {
        state.withLock { state in
            guard let partner else {
                state = State()
                return
            }
            state.entries = state.ordered.filter { $0.partner != partner }
            state.start = 0
        }
        changes.notify()
    }
}

extension RequestLog.Entry {
    var json: JSONObject {
        JSONObject([
            ("seq", .number(seq)), ("method", .string(method)), ("path", .string(path)), ("query", .string(query)),
            ("status", status.map { .number($0) } ?? .null), ("client", .string(orNull: client)),
            ("fault", .string(orNull: fault)),
            ("at", .string(at.description)),
        ])
    }
}
