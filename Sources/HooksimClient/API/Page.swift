import StrictJSON
import Webhooks

/// The selection of a page of a list.
public struct PageSelection: Sendable {
    /// The maximum number of rows, 1 to 100; `nil` is 100.
    public var limit: Int?
    private var after: String?
    private var before: String?

    /// The selection of the first page.
    public static let first = PageSelection()

    /// Returns the selection of the first page.
    ///
    /// - Parameter limit: The maximum number of rows, 1 to 100.
    public static func first(_ limit: Int) -> Self { Self(limit: limit) }

    /// Returns the selection of the page that follows a row.
    ///
    /// - Parameters:
    ///   - cursor: The row's cursor, for example ``Page/endCursor``.
    ///   - limit: The maximum number of rows, 1 to 100; `nil` is 100.
    public static func after(_ cursor: String, limit: Int? = nil) -> Self { Self(limit: limit, after: cursor) }

    /// Returns the selection of the page that precedes a row.
    ///
    /// - Parameters:
    ///   - cursor: The row's cursor, for example ``Page/startCursor``.
    ///   - limit: The maximum number of rows, 1 to 100; `nil` is 100.
    public static func before(_ cursor: String, limit: Int? = nil) -> Self { Self(limit: limit, before: cursor) }

    var query: [(name: String, value: String?)] {
        [("limit", limit.map(String.init)), ("after", after), ("before", before)]
    }
}

/// A page of a list, with its rows newest first.
public struct Page<Row: Sendable>: Sendable {
    /// The rows of the page.
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
