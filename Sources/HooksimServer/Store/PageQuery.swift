import NIOCore
import SQLite
import Webhooks

/// One page of a list of a partner's rows, newest first by `(created_at, id)` (docs/api.md, Pagination).
///
/// Pages are found by key, never by counting, so their cost does not grow with the list, and a walk sees every row that stays exactly
/// once however many come and go meanwhile.
struct PageQuery {
    /// The table, joined to what its rows need; the page's rows are those of the alias `row`.
    let source: String
    let columns: String
    private var conditions: [String] = []
    private var values: [any SQLValue] = []
    private var branchColumns: [String] = []
    /// The values of ``branchColumns`` that rows may have: an index has the rows of each branch in order, and they are merged.
    private var branches: [[Int]] = [[]]

    /// - Parameter columns: must start with `row.created_at, row.id`.
    init(source: String, columns: String, partner: Int) {
        self.source = source
        self.columns = columns
        filter("row.partner = ?", partner)
    }

    mutating func filter(_ condition: String, _ value: any SQLValue) {
        conditions.append(condition)
        values.append(value)
    }

    /// Lists the rows whose `columns` have any of some values together, each of which an index has in the list's order.
    ///
    /// One index on two columns then serves a filter by either of them too: each tree fewer makes every event cheaper.
    /// - Parameter choices: at least one.
    mutating func filter(_ columns: [String], among choices: [[Int]]) {
        branchColumns = columns
        branches = choices
    }

    private typealias Key = (createdAt: Timestamp, id: Identifier)

    /// Where a page begins and ends, and what lies beyond.
    struct Edges: Sendable {
        /// The cursors of its first and last row; empty for an empty page.
        let start: String, end: String
        let hasNext: Bool, hasPrevious: Bool
    }

    /// Writes the answer's body.
    /// - Throws: a ``ValidationFailure`` when the cursor's row is none of the partner's.
    func page(
        _ request: PageRequest, _ session: StoreSession,
        writeRow: (Statement, inout JSONWriter) throws -> Void
    ) throws -> ByteBuffer {
        var rows: [[UInt8]] = []
        var writer = JSONWriter(capacity: request.limit * 900 + 256)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        let isBackward = request.isBackward
        let edges = try visit(request, session) { statement in
            if isBackward {
                // Found oldest first; the answer is newest first.
                var row = JSONWriter(capacity: 900)
                try writeRow(statement, &row)
                rows.append(row.bytes)
            } else {
                try writeRow(statement, &writer)
            }
        }
        for row in rows.reversed() { writer.raw(row) }
        writer.endArray()
        writer.name("start_cursor")
        writer.string(edges.start)
        writer.name("end_cursor")
        writer.string(edges.end)
        writer.name("has_next_page")
        writer.bool(edges.hasNext)
        writer.name("has_previous_page")
        writer.bool(edges.hasPrevious)
        writer.endObject()
        return writer.withUnsafeBytes { ByteBuffer(bytes: $0) }
    }

    /// Returns what `read` returns of each row, newest first.
    /// - Throws: a ``ValidationFailure`` when the cursor's row is none of the partner's.
    func rows<Row>(
        _ request: PageRequest, _ session: StoreSession, read: (Statement) throws -> Row
    ) throws -> ([Row], Edges) {
        var rows: [Row] = []
        let edges = try visit(request, session) { rows.append(try read($0)) }
        return (request.isBackward ? rows.reversed() : rows, edges)
    }

    /// Visits the rows of a page; of one that ends before a cursor, the oldest first.
    private func visit(_ request: PageRequest, _ session: StoreSession, _ body: (Statement) throws -> Void) throws
        -> Edges
    {
        let anchor = try self.anchor(of: request, session)
        let isBackward = request.isBackward
        var first: Key?
        var last: Key?
        var hasMore = false
        let statement = try select(
            columns, from: anchor, isBackward ? .newer : .older, orEqual: false, limit: request.limit + 1,
            session)
        var count = 0
        while try statement.step() {
            guard count < request.limit else {
                hasMore = true
                statement.reset()
                break
            }
            count += 1
            let key: Key = (try statement.timestamp(0), try statement.identifier(1))
            if first == nil { first = key }
            last = key
            try body(statement)
        }
        if isBackward { swap(&first, &last) }
        let hasNewer =
            try isBackward ? hasMore : anchor != nil && exists(.newer, than: first, orEqualTo: anchor, session)
        let hasOlder = try isBackward ? exists(.older, than: last, orEqualTo: anchor, session) : hasMore
        return Edges(
            start: first.map { Cursor(row: $0.id).description } ?? "",
            end: last.map { Cursor(row: $0.id).description } ?? "", hasNext: hasOlder, hasPrevious: hasNewer)
    }

    private enum Direction: String { case newer, older }

    /// Is there a row beyond the page's edge, or, when the page is empty, at or beyond the cursor's row?
    private func exists(
        _ direction: Direction, than edge: Key?, orEqualTo anchor: Key?, _ session: StoreSession
    ) throws -> Bool {
        let statement = try select(
            "row.created_at, row.id", from: edge ?? anchor, direction, orEqual: edge == nil, limit: 1, session)
        defer { statement.reset() }
        return try statement.step()
    }

    private func select(
        _ columns: String, from key: Key?, _ direction: Direction, orEqual: Bool, limit: Int, _ session: StoreSession
    ) throws -> Statement {
        var conditions = conditions + branchColumns.map { "\($0) = ?" }
        var keyValues: [any SQLValue] = []
        if let key {
            conditions.append(
                "(row.created_at, row.id) \(direction == .older ? "<" : ">")\(orEqual ? "=" : "") (?, ?)")
            keyValues = [key.createdAt, key.id]
        }
        let branch = "SELECT \(columns) FROM \(source) WHERE \(conditions.joined(separator: " AND "))"
        let order = direction == .older ? "DESC" : "ASC"
        let sql =
            Array(repeating: branch, count: branches.count).joined(separator: " UNION ALL ")
            + " ORDER BY 1 \(order), 2 \(order) LIMIT ?"
        var bound: [any SQLValue] = []
        for branch in branches {
            bound += values
            bound += branch as [any SQLValue]
            bound += keyValues
        }
        bound.append(limit)
        return try session.prepare(sql, values: bound)
    }

    private func anchor(of request: PageRequest, _ session: StoreSession) throws -> Key? {
        let (name, id): (String, Identifier)
        switch request.start {
        case .newest: return nil
        case .after(let row): (name, id) = ("after", row)
        case .before(let row): (name, id) = ("before", row)
        }
        let table = source.prefix { $0 != " " }
        let statement = try session.prepare(
            "SELECT created_at FROM \(table) WHERE id = ? AND partner = ?", values: [id, values[0]])
        defer { statement.reset() }
        guard try statement.step() else {
            throw PageRequest.cursorIsOfNoRow(name)
        }
        return (try statement.timestamp(0), id)
    }
}

extension PageRequest {
    /// Whether the page is the one before a cursor, which is found from its end.
    fileprivate var isBackward: Bool {
        if case .before = start { true } else { false }
    }
}
