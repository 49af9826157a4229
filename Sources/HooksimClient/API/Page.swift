public import Webhooks

/// Which page of a list to return.
public struct PageSelection: Sendable {
    /// How many rows at most, 1 to 100; `nil` is 100.
    public var limit: Int?
    private var after: String?
    private var before: String?

    /// The first page.
    public static let first = PageSelection()

    /// The first page, with so many rows at most, 1 to 100.
    public static func first(_ limit: Int) -> Self { Self(limit: limit) }

    /// The page that follows a row.
    ///
    /// - Parameters:
    ///   - cursor: The row's cursor, for example ``Page/endCursor``.
    ///   - limit: How many rows at most, 1 to 100; `nil` is 100.
    public static func after(_ cursor: String, limit: Int? = nil) -> Self { Self(limit: limit, after: cursor) }

    /// The page that precedes a row.
    ///
    /// - Parameters:
    ///   - cursor: The row's cursor, for example ``Page/startCursor``.
    ///   - limit: How many rows at most, 1 to 100; `nil` is 100.
    public static func before(_ cursor: String, limit: Int? = nil) -> Self { Self(limit: limit, before: cursor) }

    var query: [(name: String, value: String?)] {
        [("limit", limit.map(String.init)), ("after", after), ("before", before)]
    }
}

/// Some rows of a list, newest first.
public struct Page<Row: Sendable>: Sendable {
    /// The rows.
    public let rows: [Row]
    /// The cursor of the first row; empty on an empty page.
    public let startCursor: String
    /// The cursor of the last row; empty on an empty page.
    public let endCursor: String
    /// Whether there are rows after the last one.
    public let hasNextPage: Bool
    /// Whether there are rows before the first one.
    public let hasPreviousPage: Bool
    /// The response as it was received.
    public let json: JSON
}

extension Page: ResponseValue where Row: ResponseValue {
    init(_ fields: ResponseFields) throws {
        rows = try fields.rows("data")
        startCursor = try fields.string("start_cursor")
        endCursor = try fields.string("end_cursor")
        hasNextPage = try fields.bool("has_next_page")
        hasPreviousPage = try fields.bool("has_previous_page")
        json = fields.json
    }
}
