/// The requested page of a list (docs/api.md, Pagination).
package struct PageRequest: Sendable {
    /// The position at which a page begins.
    package enum Start: Sendable, Equatable {
        /// The page begins with the newest row.
        case newest
        /// The page follows this row.
        case after(Identifier)
        /// The page precedes this row, in the same order.
        case before(Identifier)
    }

    /// The maximum number of rows.
    package var limit = Assumptions.defaultLimit
    /// The position at which the page begins.
    package var start = Start.newest

    /// Creates a request for the first page.
    package init() {}

    /// Parses `limit`, `after` and `before`, and adds their problems to `failure`.
    package init(query: FormFields, failure: inout ValidationFailure) {
        if let text = failure.value(query, "limit") {
            if let limit = Int(text), Assumptions.limits.contains(limit), text.first != "+" {
                self.limit = limit
            } else {
                let limits = Assumptions.limits
                failure.add(
                    "limit", .unexpected(outside: limits), .malformed)
            }
        }
        let after = failure.value(query, "after")
        let before = failure.value(query, "before")
        if after != nil, before != nil {
            failure.add("before", .invalid("can't be combined with after; send one of them"), .malformed)
            return
        }
        if let after, let row = Self.row(after, "after", &failure) { start = .after(row) }
        if let before, let row = Self.row(before, "before", &failure) { start = .before(row) }
    }

    private static func row(_ text: String, _ name: String, _ failure: inout ValidationFailure) -> Identifier? {
        if let cursor = Cursor(text) { return cursor.row }
        failure.add(
            name, .invalid("is not a cursor; send a start_cursor or end_cursor of an earlier page unchanged"),
            .malformed)
        return nil
    }
}

extension ValidationFailure {
    /// Returns the value of a query parameter, and adds a problem if it is given more than once.
    package mutating func value(_ query: FormFields, _ name: String) -> String? {
        collect(name, .malformed) { try query.value(name) } ?? nil
    }
}
