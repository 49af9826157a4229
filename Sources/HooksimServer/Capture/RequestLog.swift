import HTTPTypes
import NIOCore
import StrictJSON
import Synchronization
import Webhooks

/// The log of the requests of the simulated API, oldest first. It is kept in memory, and limited in number and size.
final class RequestLog: Sendable {
    struct Entry: Sendable {
        var seq = 0
        let at: Timestamp
        let method: String
        let path: String
        let query: String
        /// The status of the response; `nil` if a fault closed the connection instead.
        let status: Int?
        let partner: Int?
        let client: String?
        let fault: String?
        /// The body without its secrets; `nil` if there was none, or if it is long.
        let body: String?
        /// Whether a scenario within this simulator sent the request.
        let isInner: Bool
    }

    private struct State {
        /// The entries, oldest first.
        var entries = CircularBuffer<Entry>()
        /// The approximate size of the entries in bytes.
        var bytes = 0
        /// The number of entries so far, which is also the number of the last one.
        var lastSeq = 0
        var waiting = WaitingRequestCounts()

        mutating func append(_ entry: Entry) {
            entries.append(entry)
            bytes += entry.size
            waiting.note(from: nil, to: entry)
        }

        mutating func removeFirst() {
            let entry = entries.removeFirst()
            bytes -= entry.size
            waiting.note(from: entry, to: nil)
        }

        mutating func removeAll(where isRemoved: (Entry) -> Bool) {
            for entry in entries where isRemoved(entry) { waiting.note(from: entry, to: nil) }
            entries = CircularBuffer(entries.filter { !isRemoved($0) })
            bytes = entries.reduce(0) { $0 + $1.size }
        }
    }

    /// The maximum size of all entries in bytes.
    static let maxBytes = 32 << 20
    /// The maximum length of a text in bytes; a longer text is truncated and ends with ``cutMark``.
    static let maxTextLength = 2048
    static let cutMark = "…"

    private let state = Mutex(State())
    private let settings: SettingsState
    private let boundaries: CaptureBoundaries
    private let feed: LiveFeed

    init(settings: SettingsState, boundaries: CaptureBoundaries, feed: LiveFeed) {
        self.settings = settings
        self.boundaries = boundaries
        self.feed = feed
    }

    /// The approximate size of the entries in bytes.
    var size: Int { state.withLock { $0.bytes } }

    /// Appends a request, unless the data that it concerns has been removed since it began.
    func append(_ request: CapturedRequest) {
        var entry = Entry(request)
        let capacity = settings.current.retentionRequests
        let isAppended = state.withLock { state in
            guard !boundaries.isPast(request.stamp, clientID: request.ownerID) else { return false }
            state.lastSeq += 1
            entry.seq = state.lastSeq
            state.append(entry)
            while state.entries.count > capacity || state.bytes > Self.maxBytes { state.removeFirst() }
            state.waiting.update()
            return true
        }
        guard isAppended else { return }
        feed.publish(entry)
    }

    /// Returns the entries that match, oldest first.
    func entries(after seq: Int = 0, limit: Int = .max, where matches: (Entry) -> Bool) -> [Entry] {
        var found: [Entry] = []
        for entry in state.withLock({ $0.entries }) where entry.seq > seq && matches(entry) {
            if found.count == limit { break }
            found.append(entry)
        }
        return found
    }

    /// Returns the entries that match, newest first.
    func newest(_ limit: Int, where matches: (Entry) -> Bool) -> [Entry] {
        var found: [Entry] = []
        for entry in state.withLock({ $0.entries }).reversed() where matches(entry) {
            found.append(entry)
            if found.count == limit { break }
        }
        return found
    }

    /// Removes all requests, or those of one partner.
    func clear(partner: Int? = nil) {
        state.withLock { state in
            if let partner {
                state.removeAll { $0.partner == partner }
            } else {
                state.removeAll { _ in true }
                state.lastSeq = 0
            }
            state.waiting.update()
        }
    }

    /// Removes the requests that a scenario within this simulator sent.
    func clearInner() {
        state.withLock { state in
            state.removeAll(where: \.isInner)
            state.waiting.update()
        }
    }
}

extension RequestLog {
    /// Adds a count of the entries that match, which follows all later changes. It ends with ``remove(_:)``.
    ///
    /// - Parameters:
    ///   - wanted: The values that an entry must have, by the names of its fields.
    ///   - isExpected: A closure that returns whether a number of entries is as expected.
    func count(
        where wanted: [String: FieldValue], isExpected: @escaping @Sendable (Int) -> Bool
    ) -> WaitingRequestCounts.Element {
        let (waiting, entries) = state.withLock { ($0.waiting.add(wanted, isExpected), $0.entries) }
        // The entries are counted without the lock. What changes meanwhile is noted, and added to their number.
        let count = entries.count { $0.matches(wanted) }
        state.withLock { $0.waiting.complete(waiting, by: count) }
        return waiting
    }

    func remove(_ waiting: WaitingRequestCounts.Element) { state.withLock { $0.waiting.remove(waiting) } }
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
        // A page shows a short body only, and a truncated one is of no use.
        body = (request.body?.description).flatMap { $0.utf8.count <= RequestLog.maxTextLength ? $0 : nil }
        isInner = request.isInner
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > RequestLog.maxTextLength else { return text }
        // The text is truncated between characters, since part of a character is not valid UTF-8.
        let start = text.utf8.prefix(RequestLog.maxTextLength)
        let end = start.indices.reversed().first { $0.samePosition(in: text.unicodeScalars) != nil } ?? start.startIndex
        return text[..<end] + RequestLog.cutMark
    }

    /// The approximate size of the entry in bytes.
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
