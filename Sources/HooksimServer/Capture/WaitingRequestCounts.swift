import Webhooks

/// The counts of requests for which expectations wait, as the request log changes them under its lock.
struct WaitingRequestCounts: Sendable {
    struct Element: Sendable {
        let wanted: [String: FieldValue]
        let count: MatchCount
    }

    private var index = MatchIndex<RequestLog.Entry, Element>()
    private var lastID = 0
    /// The changes that have been noted since the last update, by the ids of the counts.
    private var changes: [Int: (count: MatchCount, change: Int)] = [:]

    /// Adds a count, for which changes are noted from now on. It is incomplete until the present entries are added.
    mutating func add(
        _ wanted: [String: FieldValue], _ isExpected: @escaping @Sendable (Int) -> Bool
    ) -> Element {
        lastID += 1
        let element = Element(wanted: wanted, count: MatchCount(id: lastID, isExpected: isExpected))
        index.insert(element, id: lastID, wanted: wanted)
        return element
    }

    mutating func remove(_ element: Element) { index.remove(id: element.count.id, wanted: element.wanted) }

    /// Completes a count by the number of matching entries that there were when it was added.
    mutating func complete(_ element: Element, by number: Int) {
        _ = element.count.update(to: .complete(element.count.progress.count + number))
    }

    /// Notes an entry that is appended or removed.
    mutating func note(from old: RequestLog.Entry?, to new: RequestLog.Entry?) {
        let (left, joined) = index.change(from: old, to: new)
        for element in left { add(-1, to: element.count) }
        for element in joined { add(1, to: element.count) }
    }

    /// Updates the counts by all changes that have been noted, so that none is met in between.
    mutating func update() {
        for (count, change) in changes.values {
            var progress = count.progress
            progress.count += change
            if count.update(to: progress) { count.changes.notify() }
        }
        changes = [:]
    }

    private mutating func add(_ change: Int, to count: MatchCount) {
        changes[count.id, default: (count, 0)].change += change
    }
}

extension RequestLog.Entry: RowFacts {
    enum Field: String, Sendable {
        case method, path, query, status, client, fault
        case clientID = "client_id"
    }

    var row: Int { seq }

    subscript(field: Field) -> FieldValue {
        switch field {
        case .method: .text(method)
        case .path: .text(path)
        case .query: .text(query)
        case .status: FieldValue(orNull: status)
        case .client, .clientID: FieldValue(orNull: client)
        case .fault: FieldValue(orNull: fault)
        }
    }

    /// Returns whether each of the named fields has the given value.
    func matches(_ wanted: [String: FieldValue]) -> Bool {
        wanted.allSatisfy { name, value in Field(rawValue: name).map { self[$0] == value } ?? false }
    }
}
