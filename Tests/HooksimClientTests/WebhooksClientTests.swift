import HooksimClient
import HooksimServer
import Testing

@Suite struct WebhooksClientTests {
    @Test func `a subscription is created, listed and deleted`() async throws {
        try await Simulator.with { simulator in
            let api = WebhooksClient(url: simulator.url)
            let created = try await api.subscribe(
                to: .invoicePaid, at: "https://shop.example/hooks", secretKey: "s3cr3t-4242")
            #expect(created.isActive && created.topic == .invoicePaid && created.secretLast4Digits == "4242")
            try await api.subscribe(to: .payoutPaid, at: "https://shop.example/hooks")
            #expect(try await api.subscriptions(topic: .invoicePaid, isActive: true).rows.map(\.id) == [created.id])
            let deleted = try await api.deleteSubscription(created.id)
            #expect(deleted.id == created.id && !deleted.isActive && deleted.updatedAt >= created.createdAt)
            #expect(try await api.subscriptions(isActive: false).rows.map(\.id) == [created.id])
            await #expect(throws: HooksimError.self) { try await api.deleteSubscription(created.id) }
            await #expect(throws: HooksimError.self) { try await api.subscribe(to: .payoutPaid, at: "shop.example") }
        }
    }

    @Test func `pages follow one another in both directions`() async throws {
        try await Simulator.with { simulator in
            let api = WebhooksClient(url: simulator.url)
            var ids: [String] = []
            for topic in Topic.allCases.prefix(5) {
                ids.insert(try await api.subscribe(to: topic, at: "https://shop.example/hooks").id, at: 0)
            }
            let first = try await api.subscriptions(page: .first(2))
            #expect(first.rows.map(\.id) == Array(ids[..<2]) && first.hasNextPage && !first.hasPreviousPage)
            let second = try await api.subscriptions(page: .after(first.endCursor, limit: 2))
            #expect(second.rows.map(\.id) == Array(ids[2..<4]) && second.hasPreviousPage)
            let back = try await api.subscriptions(page: .before(second.startCursor, limit: 2))
            #expect(back.rows.map(\.id) == Array(ids[..<2]))
        }
    }

    @Test func `events are filtered, and failed ones are retried`() async throws {
        try await withShop(responses: [500, 200]) { shop in
            try await Simulator.with { simulator in
                let hooksim = ControlClient(url: simulator.url)
                let api = hooksim.webhooks()
                try await hooksim.updateSettings { $0.retrySchedule = [.zero] }
                try await api.subscribe(to: .invoicePaid, at: shop.url)
                let id = try await hooksim.trigger(.invoicePaid).events[0].id
                try await hooksim.expect(.exactly(1), .events(id: id, status: .failed))
                let failed = try await api.events(EventFilter(topic: .invoicePaid, status: .failed))
                #expect(failed.rows.map(\.id) == [id] && failed.rows[0].lastStatusCode == 500)
                #expect(failed.rows[0].lastError != nil)
                let later = Timestamp(milliseconds: failed.rows[0].createdAt.milliseconds + 1)
                #expect(try await api.events(EventFilter(from: later)).rows.isEmpty)
                #expect(try await api.events(EventFilter(to: later)).rows.count == 1)
                #expect(try await api.retryFailedEvents().contains("1"))
                try await hooksim.expect(.exactly(1), .events(id: id, status: .delivered))
            }
        }
    }

    @Test func `a token is fetched once, and again when it is not valid any more`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let api = hooksim.webhooks()
            for _ in 0..<3 { _ = try await api.subscriptions() }
            try await hooksim.expect(.exactly(1), .requests(path: "/oauth/token"))
            try await hooksim.reset()
            #expect(try await api.subscriptions().rows.isEmpty)
            try await hooksim.expect(.exactly(1), .requests(path: "/oauth/token", status: 200))
        }
    }

    @Test func `a token allows what was asked for, and its text is not printed`() async throws {
        try await Simulator.with { simulator in
            let api = WebhooksClient(url: simulator.url)
            let token = try await api.authenticate(scopes: .read)
            #expect(token.scopes == .read && token.lifetime == .seconds(3600) && token.text.utf8.count == 56)
            #expect(!"\(token)".contains(token.text))
            _ = try await api.subscriptions()
            let error = await #expect(throws: HooksimError.self) {
                try await api.subscribe(to: .invoicePaid, at: "https://shop.example/hooks")
            }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 403)
        }
    }

    @Test func `wrong credentials are refused in OAuth's words`() async throws {
        try await Simulator.with { simulator in
            let api = WebhooksClient(url: simulator.url, clientID: "sandbox", clientSecret: "wrong-secret")
            let error = await #expect(throws: HooksimError.self) { try await api.subscriptions() }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 403 && refusal.request == "POST /oauth/token")
            #expect(!"\(refusal)".contains("wrong-secret"))
        }
    }
}
