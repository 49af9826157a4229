/// The prepared statements of a connection by their SQL, the least recently used half of which goes when there are too many.
///
/// Filters and expectations make new SQL out of what clients ask for, so that the number of different texts has no bound.
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

    /// A statement that is removed here and still being stepped stays valid for as long as somebody holds it.
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
