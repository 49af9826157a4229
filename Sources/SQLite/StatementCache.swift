/// A cache of a connection's prepared statements by their SQL. When it is full, it removes the half that was used least
/// recently.
///
/// Filters and expectations compose SQL from the conditions in a request, so that the number of different texts is
/// unbounded.
struct StatementCache {
    private struct Entry {
        let statement: Statement
        var lastUse: Int
    }

    private let limit: Int
    private var entries: [String: Entry] = [:]
    private var uses = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    subscript(sql: String) -> Statement? {
        mutating get {
            guard let index = entries.index(forKey: sql) else { return nil }
            uses += 1
            entries.values[index].lastUse = uses
            return entries.values[index].statement
        }
    }

    /// Adds a statement. One that is removed while it is being stepped stays valid for as long as it is referenced.
    mutating func insert(_ statement: Statement, _ sql: String) {
        if entries.count >= limit {
            let middle = entries.values.map(\.lastUse).sorted()[entries.count / 2]
            entries = entries.filter { $0.value.lastUse > middle }
        }
        uses += 1
        entries[sql] = Entry(statement: statement, lastUse: uses)
    }

    mutating func removeAll() { entries = [:] }
}
