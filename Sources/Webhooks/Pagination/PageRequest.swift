/// Which page of a list is asked for (docs/api.md, Pagination).
package struct PageRequest: Sendable {
    package enum Start: Sendable, Equatable {
        case newest
        /// The page that follows that row.
        case after(Identifier)
        /// The page that precedes that row, in the same order.
        case before(Identifier)
    }

    package var limit = Assumptions.defaultLimit
    package var start = Start.newest

    package init() {}

    /// Reads `limit`, `after` and `before`, adding what is wrong to `failure`.
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
    /// A query parameter that may be given once; adds a problem when it is repeated.
    package mutating func value(_ query: FormFields, _ name: String) -> String? {
        collect(name, .malformed) { try query.value(name) } ?? nil
    }
}
