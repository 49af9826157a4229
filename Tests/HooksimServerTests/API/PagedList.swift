import HooksimServer
import StrictJSON
import Testing
import Webhooks

/// One of the two paged lists of the API, read as a client reads it.
enum PagedList: String, CaseIterable, Sendable {
    case subscriptions = "/webhooks"
    case events = "/webhooks/events"

    /// A page. Its initializer checks the invariants of every page.
    struct Page {
        struct Row: Equatable {
            let createdAt: String
            let id: String
        }

        let rows: [Row]
        let startCursor: String
        let endCursor: String
        let hasNext: Bool
        let hasPrevious: Bool
    }

    func page(_ client: TestClient, _ token: String, _ query: String) async throws -> Page {
        let response = try await client.send(.get, "\(rawValue)?\(query)", token: token)
        try #require(response.status == 200, "\(query): \(response.text)")
        let rows = try (response.json["data"]?.array ?? []).map { row in
            Page.Row(createdAt: try #require(row["created_at"]?.string), id: try #require(row["id"]?.string))
        }
        let page = Page(
            rows: rows, startCursor: try #require(response.json["start_cursor"]?.string),
            endCursor: try #require(response.json["end_cursor"]?.string),
            hasNext: response.json["has_next_page"] == true,
            hasPrevious: response.json["has_previous_page"] == true)
        #expect(page.startCursor == rows.first.map(Self.cursor) ?? "", "\(query)")
        #expect(page.endCursor == rows.last.map(Self.cursor) ?? "", "\(query)")
        #expect(Self.areNewestFirst(rows), "\(query)")
        return page
    }

    /// Returns the cursor of a row, as a client would get it from a page.
    static func cursor(_ row: Page.Row) -> String { Cursor(row: Identifier(row.id)!).description }

    static func encoded(_ cursor: String) -> String {
        String(cursor.flatMap { $0 == "+" ? Array("%2B") : $0 == "/" ? Array("%2F") : [$0] })
    }

    /// Returns whether the rows are sorted. Texts sort as their values here: all instants are of one length, and the
    /// ids are in lower case.
    static func areNewestFirst(_ rows: [Page.Row]) -> Bool {
        zip(rows, rows.dropFirst()).allSatisfy { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    /// Adds rows at the present instant.
    func add(_ count: Int, _ client: TestClient, _ token: String) async throws {
        switch self {
        case .subscriptions:
            for _ in 0..<count { try await client.subscribe("payout_paid", to: "https://a.example", token: token) }
        case .events: try await client.trigger(count: count)
        }
    }

    /// Returns all rows, newest first, read in pages of the maximum size.
    func all(_ client: TestClient, _ token: String, _ filter: String = "") async throws -> [Page.Row] {
        var rows: [Page.Row] = []
        var query = "limit=100" + filter
        while true {
            let page = try await page(client, token, query)
            rows += page.rows
            guard page.hasNext else { return rows }
            query = "limit=100&after=\(Self.encoded(page.endCursor))" + filter
        }
    }
}

/// Runs `body` with a simulator whose events wait for most of a year before they are sent, with one subscription, and
/// with a token.
func withPagedSimulator(isFrozen: Bool, _ body: (TestClient, String) async throws -> Void) async throws {
    try await withSimulator({
        if isFrozen { $0.frozenAtMilliseconds = 1_736_942_400_000 }
    }) { client in
        try await client.settings(["retry_schedule": ["300d"], "token_ttl": "300d"])
        let token = try await client.token()
        try await client.subscribe(to: "https://a.example", token: token)
        try await body(client, token)
    }
}
