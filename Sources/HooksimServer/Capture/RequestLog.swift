import HTTPTypes
import NIOCore
import Synchronization
import Webhooks

/// The requests of the simulated API that were received, newest at the end, in memory: bounded in number and in bytes, and gone with the
/// process.
final class RequestLog: Sendable {
    struct Entry: Sendable {
        var seq = 0
        let at: Timestamp
        let method: String
        let path: String
        let query: String
        /// `nil` when a fault cut the connection instead of responding.
        let status: Int?
        let partner: Int?
        let client: String?
        let fault: String?
        /// What was sent, without its secrets; `nil` when there was none, or much.
        let body: String?
        /// Whether a scenario that runs inside of this simulator sent it.
        let isInner: Bool
    }

    private struct State {
        /// The oldest first.
        var entries = CircularBuffer<Entry>()
        /// About what they take.
        var bytes = 0
        var count = 0

        mutating func removeFirst() { bytes -= entries.removeFirst().size }

        mutating func removeAll(where isRemoved: (Entry) -> Bool) {
            entries = CircularBuffer(entries.filter { !isRemoved($0) })
            bytes = entries.reduce(0) { $0 + $1.size }
        }
    }

    /// The bytes that all entries together may take.
    static let maxBytes = 32 << 20
    /// In bytes; what is longer is cut, and has ``cutMark`` at its end.
    static let maxTextLength = 2048
    static let cutMark = "…"

    private let state = Mutex(State())
    private let settings: SettingsState
    private let boundaries: CaptureBoundaries
    private let changes: ChangeSignal
    private let feed: LiveFeed

    init(settings: SettingsState, boundaries: CaptureBoundaries, changes: ChangeSignal, feed: LiveFeed) {
        self.settings = settings
        self.boundaries = boundaries
        self.changes = changes
        self.feed = feed
    }

    /// About what the entries take, in bytes.
    var size: Int { state.withLock { $0.bytes } }

    /// Appends a request, unless what it is about was removed since it began.
    func append(_ request: CapturedRequest) {
        var entry = Entry(request)
        let capacity = settings.current.retentionRequests
        let isAppended = state.withLock { state in
            guard !boundaries.isPast(request.stamp, clientID: request.ownerID) else { return false }
            state.count += 1
            entry.seq = state.count
            state.entries.append(entry)
            state.bytes += entry.size
            while state.entries.count > capacity || state.bytes > Self.maxBytes { state.removeFirst() }
            return true
        }
        guard isAppended else { return }
        changes.notify()
        feed.publish(entry)
    }

    /// The entries that match, oldest first.
    func entries(after seq: Int = 0, limit: Int = .max, where matches: (Entry) -> Bool) -> [Entry] {
        var found: [Entry] = []
        for entry in state.withLock({ $0.entries }) where entry.seq > seq && matches(entry) {
            if found.count == limit { break }
            found.append(entry)
        }
        return found
    }

    /// The entries that match, newest first.
    func newest(_ limit: Int, where matches: (Entry) -> Bool) -> [Entry] {
        var found: [Entry] = []
        for entry in state.withLock({ $0.entries }).reversed() where matches(entry) {
            found.append(entry)
            if found.count == limit { break }
        }
        return found
    }

    /// Forgets all requests, or those of one partner.
    func clear(partner: Int? = nil) {
        state.withLock { state in
            if let partner {
                state.removeAll { $0.partner == partner }
            } else {
                state = State()
            }
        }
        changes.notify()
    }

    /// Forgets what a scenario that ran inside of this simulator sent.
    func clearInner() {
        state.withLock { $0.removeAll(where: \.isInner) }
        changes.notify()
    }
}

extension RequestLog.Entry {
    fileprivate init(_ request: CapturedRequest) {
        at = request.begin
        method = request.method
        path = Self.cut(request.path)
        query = Self.cut(request.query)
        status = request.status
        partner = request.partner
        client = request.clientID
        fault = request.fault
        // A page shows it where it is short, and half of it is of no use.
        body = (request.body?.description).flatMap { $0.utf8.count <= RequestLog.maxTextLength ? $0 : nil }
        isInner = request.isInner
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > RequestLog.maxTextLength else { return text }
        // Half of a character at the end would be another one.
        let start = text.utf8.prefix(RequestLog.maxTextLength)
        let end = start.indices.reversed().first { $0.samePosition(in: text.unicodeScalars) != nil } ?? start.startIndex
        return text[..<end] + RequestLog.cutMark
    }

    /// About what it takes, in bytes.
    fileprivate var size: Int {
        MemoryLayout<Self>.stride + path.utf8.count + query.utf8.count + (body?.utf8.count ?? 0)
            + (client?.utf8.count ?? 0)
    }

    var json: JSONObject {
        JSONObject([
            ("seq", .number(seq)), ("method", .string(method)), ("path", .string(path)), ("query", .string(query)),
            ("status", status.map { .number($0) } ?? .null), ("client", .string(orNull: client)),
            ("fault", .string(orNull: fault)),
            ("at", .string(at.description)),
        ])
    }
}
