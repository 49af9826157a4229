import HooksimServer
import StrictJSON
import Testing
import Webhooks

/// Tests with random walks over lists that change during the walk; a failure names its seed.
@Suite struct PaginationWalkTests {
    struct Walk: Sendable, CustomTestStringConvertible {
        let list: PagedList
        let isFrozen: Bool
        let seed: UInt64

        var testDescription: String { "\(list) \(isFrozen ? "frozen" : "running") seed \(seed)" }
    }

    static let walks = PagedList.allCases.flatMap { list in
        [true, false].flatMap { isFrozen in (1...3).map { Walk(list: list, isFrozen: isFrozen, seed: $0) } }
    }

    @Test(arguments: walks)
    func `a walk forward sees every row that stays exactly once`(walk: Walk) async throws {
        try await withPagedSimulator(isFrozen: walk.isFrozen) { client, token in
            var generator = SeededGenerator(seed: walk.seed)
            try await fill(walk, client, token, &generator)
            let before = try await walk.list.all(client, token)
            var seen: [PagedList.Page.Row] = []
            var cursor: String?
            while true {
                let limit = Int.random(in: 1...20, using: &generator)
                let after = cursor.map { "&after=\(PagedList.encoded($0))" } ?? ""
                let page = try await walk.list.page(client, token, "limit=\(limit)\(after)")
                #expect(page.rows.count == limit || page.rows.count < limit && !page.hasNext, "\(walk)")
                #expect(page.hasPrevious == (cursor != nil), "\(walk)")
                seen += page.rows
                guard page.hasNext else { break }
                cursor = page.endCursor
                try await change(walk, client, token, &generator)
            }
            check(seen, against: before, walk)
        }
    }

    @Test(arguments: walks)
    func `a walk backward sees every row that stays exactly once`(walk: Walk) async throws {
        try await withPagedSimulator(isFrozen: walk.isFrozen) { client, token in
            var generator = SeededGenerator(seed: walk.seed)
            try await fill(walk, client, token, &generator)
            let before = try await walk.list.all(client, token)
            let oldest = try #require(before.last)
            var seen = [oldest]
            var cursor = PagedList.cursor(oldest)
            while true {
                let limit = Int.random(in: 1...20, using: &generator)
                let page = try await walk.list.page(
                    client, token, "limit=\(limit)&before=\(PagedList.encoded(cursor))")
                #expect(page.rows.count == limit || page.rows.count < limit && !page.hasPrevious, "\(walk)")
                #expect(page.hasNext, "\(walk)")
                seen = page.rows + seen
                guard page.hasPrevious else { break }
                cursor = page.startCursor
                try await change(walk, client, token, &generator)
            }
            check(seen, against: before, walk)
        }
    }

    /// Checks that the walk has found all rows that existed at its start: lists only grow, since deletion only
    /// deactivates a subscription.
    private func check(_ seen: [PagedList.Page.Row], against before: [PagedList.Page.Row], _ walk: Walk) {
        let ids = Set(seen.map(\.id))
        #expect(ids.count == seen.count, "\(walk): a row was seen twice")
        #expect(before.allSatisfy { ids.contains($0.id) }, "\(walk): a row was missed")
        #expect(PagedList.areNewestFirst(seen), "\(walk): the pages are not in order")
    }

    private func fill(_ walk: Walk, _ client: TestClient, _ token: String, _ generator: inout SeededGenerator)
        async throws
    {
        for _ in 0..<8 {
            try await walk.list.add(Int.random(in: 1...9, using: &generator), client, token)
            try await pass(walk, client, &generator)
        }
    }

    /// Adds some rows, and deactivates a subscription if the list is that of subscriptions.
    private func change(_ walk: Walk, _ client: TestClient, _ token: String, _ generator: inout SeededGenerator)
        async throws
    {
        guard Bool.random(using: &generator) else { return }
        try await walk.list.add(Int.random(in: 1...3, using: &generator), client, token)
        try await pass(walk, client, &generator)
        guard walk.list == .subscriptions, Bool.random(using: &generator) else { return }
        let rows = try await walk.list.page(client, token, "topic=payout_paid&is_active=true").rows
        guard let row = rows.randomElement(using: &generator) else { return }
        #expect(try await client.send(.delete, "/webhooks/\(row.id)", token: token).status == 200)
    }

    /// Sometimes advances a frozen clock, so that some rows are of the same instant and some are not.
    private func pass(_ walk: Walk, _ client: TestClient, _ generator: inout SeededGenerator) async throws {
        guard walk.isFrozen, Int.random(in: 0..<3, using: &generator) == 0 else { return }
        #expect(try await client.send(.post, "/__admin/clock/advance", json: ["by": "1ms"]).status == 200)
    }
}
