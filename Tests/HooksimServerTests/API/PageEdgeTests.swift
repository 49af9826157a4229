import HooksimServer
import StrictJSON
import Testing
import Webhooks

@Suite struct PageEdgeTests {
    @Test(arguments: PagedList.allCases, [1, 2] as [UInt64])
    func `any page of a still list is the slice that its cursor and limit name`(list: PagedList, seed: UInt64)
        async throws
    {
        try await withPagedSimulator(isFrozen: true) { client, token in
            var generator = SeededGenerator(seed: seed)
            try await list.add(17, client, token)
            _ = try await client.send(.post, "/__admin/clock/advance", json: ["by": "1ms"])
            try await list.add(6, client, token)
            let rows = try await list.all(client, token)
            for _ in 0..<60 {
                let limit = Int.random(in: 1...30, using: &generator)
                // The edges of the list are chosen often, since their pages are special.
                let index = [0, rows.count - 1, rows.indices.randomElement(using: &generator)!].randomElement(
                    using: &generator)!
                let isForward = Bool.random(using: &generator)
                let slice =
                    isForward ? index + 1..<min(rows.count, index + 1 + limit) : max(0, index - limit)..<index
                let cursor = PagedList.encoded(PagedList.cursor(rows[index]))
                let query = "limit=\(limit)&\(isForward ? "after" : "before")=\(cursor)"
                let page = try await list.page(client, token, query)
                #expect(page.rows == Array(rows[slice]), "seed \(seed): \(query)")
                // If a page is empty, at least the cursor's own row lies beyond it.
                #expect(page.hasNext == (slice.upperBound < rows.count), "seed \(seed): \(query)")
                #expect(page.hasPrevious == (slice.lowerBound > 0), "seed \(seed): \(query)")
            }
        }
    }

    @Test func `a cursor leads through a filter that its own row does not pass`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            let list = PagedList.subscriptions
            try await list.add(6, client, token)
            let rows = try await list.all(client, token)
            let anchor = rows[3]
            #expect(try await client.send(.delete, "/webhooks/\(anchor.id)", token: token).status == 200)
            let active = try await list.all(client, token, "&is_active=true")
            #expect(active == rows.filter { $0 != anchor })
            let cursor = PagedList.encoded(PagedList.cursor(anchor))
            let after = try await list.page(client, token, "is_active=true&after=\(cursor)")
            #expect(after.rows == Array(rows[4...]))
            #expect(after.hasPrevious && !after.hasNext)
            let before = try await list.page(client, token, "is_active=true&before=\(cursor)")
            #expect(before.rows == Array(rows[..<3]))
            #expect(before.hasNext && !before.hasPrevious)
            // No row on either side of the cursor matches the filter.
            let none = try await list.page(client, token, "topic=customer_created&after=\(cursor)")
            #expect(none.rows.isEmpty && !none.hasNext && !none.hasPrevious)
        }
    }

    @Test func `the default page is of a hundred rows`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            try await PagedList.events.add(101, client, token)
            let page = try await PagedList.events.page(client, token, "")
            #expect(page.rows.count == 100)
            #expect(page.hasNext)
            #expect(try await PagedList.events.page(client, token, "limit=100").rows == page.rows)
        }
    }

    @Test(arguments: PagedList.allCases)
    func `a cursor may be sent raw, percent-encoded or as base64url`(list: PagedList) async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            try await list.add(40, client, token)
            let rows = try await list.all(client, token)
            for sign in ["+", "/"] {
                let index = try #require(rows.dropLast().firstIndex { PagedList.cursor($0).contains(sign) })
                let cursor = PagedList.cursor(rows[index])
                let url = String(cursor.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
                for form in [
                    cursor, PagedList.encoded(cursor), url, cursor.split(separator: "+").joined(separator: "%20"),
                ] {
                    // Joining removes a sign at either end of a cursor; such cursors are tested in the other forms.
                    if form.count < 28 { continue }
                    let page = try await list.page(client, token, "limit=1&after=\(form)")
                    #expect(page.rows == [rows[index + 1]], "\(form)")
                }
            }
        }
    }

    @Test(arguments: PagedList.allCases, ["after", "before"])
    func `another partner's cursor, or another list's, is the cursor of no row`(list: PagedList, name: String)
        async throws
    {
        try await withPagedSimulator(isFrozen: true) { client, token in
            try await PagedList.events.add(1, client, token)
            let other = try await client.partner()
            let own = try #require(try await list.all(client, token).first)
            let cursor = PagedList.encoded(PagedList.cursor(own))
            #expect(try await client.send(.get, "\(list.rawValue)?\(name)=\(cursor)", token: token).status == 200)
            let foreign = try await client.send(.get, "\(list.rawValue)?\(name)=\(cursor)", token: other.token)
            #expect(foreign.status == 400)
            #expect(foreign.wrongFields == [name])
            let otherList = PagedList.allCases.first { $0 != list }!
            let misled = try await client.send(.get, "\(otherList.rawValue)?\(name)=\(cursor)", token: token)
            #expect(misled.status == 400)
            #expect(misled.wrongFields == [name])
        }
    }
}
