import NIOCore
import SQLite
import StrictJSON
import Webhooks

/// A query for one page of a list of a partner's rows, newest first by `(created_at, id)` (docs/api.md, Pagination).
///
/// Pages are found by key and never by offset. Therefore their cost does not grow with the list, and a client that
/// follows the pages sees every row that is not removed exactly once, even if rows are added or removed between
/// requests.
struct PageQuery {
    /// The table joined to the tables that its rows need; the rows of the page have the alias `row`.
    let source: String
    let columns: String
    private var conditions: [String] = []
    private var values: [any SQLValue] = []
    private var branchColumns: [String] = []
    /// The combinations of values of ``branchColumns`` that rows may have. An index holds the rows of each branch in
    /// order; the query merges the branches.
    private var branches: [[Int]] = [[]]

    /// Creates a query without filters.
    /// - Parameter columns: The columns of a row, which must start with `row.created_at, row.id`.
    init(source: String, columns: String, partner: Int) {
        self.source = source
        self.columns = columns
        filter("row.partner = ?", partner)
    }

    mutating func filter(_ condition: String, _ value: any SQLValue) {
        conditions.append(condition)
        values.append(value)
    }

    /// Restricts the list to rows whose `columns` have one of several combinations of values; an index must hold the
    /// rows of each combination in the order of the list.
    ///
    /// One index on two columns can thus serve a filter by either of them too. Fewer indexes make it cheaper to insert
    /// an event.
    /// - Parameter choices: The allowed combinations, at least one.
    mutating func filter(_ columns: [String], among choices: [[Int]]) {
        branchColumns = columns
        branches = choices
    }

    private typealias Key = (createdAt: Timestamp, id: Identifier)

    /// The first and last row of a page, and whether there are rows beyond them.
    struct Edges: Sendable {
        /// The cursors of the first and last row; empty if the page is empty.
        let start: String, end: String
        let hasNext: Bool, hasPrevious: Bool
    }

    /// Returns the body of the response.
    /// - Throws: ``ValidationFailure`` if the row of the cursor does not belong to the partner.
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
                // A backward page is read from the oldest row; the response lists the newest row first.
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

    /// Returns the results of `read` for the rows of the page, newest first.
    /// - Throws: ``ValidationFailure`` if the row of the cursor does not belong to the partner.
    func rows<Row>(
        _ request: PageRequest, _ session: StoreSession, read: (Statement) throws -> Row
    ) throws -> ([Row], Edges) {
        var rows: [Row] = []
        let edges = try visit(request, session) { rows.append(try read($0)) }
        return (request.isBackward ? rows.reversed() : rows, edges)
    }

    /// Calls `body` for each row of a page, from the newest to the oldest, or in reverse order if the page ends before
    /// a cursor.
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

    /// Returns whether there is a row beyond the edge of the page or, if the page is empty, at or beyond the row of the
    /// cursor.
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
    /// Whether the page is the one before a cursor, whose rows are read in reverse order.
    fileprivate var isBackward: Bool {
        if case .before = start { true } else { false }
    }
}
