import HTTPTypes
import Synchronization
import Webhooks

/// The API calls received, newest at the end, in memory: bounded, and gone with the process.
final class RequestJournal: Sendable {
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
    }

    /// How many calls are kept.
    static let capacity = 50_000

    private struct State {
        var entries: [Entry] = []
        /// Where the oldest entry is once the ring is full.
        var start = 0
        var count = 0
    }

    private let state = Mutex(State())
    private let changes: ChangeSignal

    private let stream: EventStream

    init(changes: ChangeSignal, stream: EventStream) {
        self.changes = changes
        self.stream = stream
    }

    func append(_ entry: Entry) {
        var entry = entry
        state.withLock { state in
            state.count += 1
            entry.seq = state.count
            if state.entries.count < Self.capacity {
                state.entries.append(entry)
            } else {
                state.entries[state.start] = entry
                state.start = (state.start + 1) % Self.capacity
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
            let ordered = state.entries[state.start...] + state.entries[..<state.start]
            state.entries = ordered.filter { $0.partner != partner }
            state.start = 0
        }
        changes.notify()
    }
}

extension RequestJournal.Entry {
    var json: JSONObject {
        JSONObject([
            ("seq", .number(seq)), ("method", .string(method)), ("path", .string(path)), ("query", .string(query)),
            ("status", status.map { .number($0) } ?? .null), ("client", .string(orNull: client)),
            ("fault", .string(orNull: fault)),
            ("at", .string(at.description)),
        ])
    }
}
