import HooksimClient
import HooksimServer
import Testing

@Suite struct ControlTests {
    /// Runs `body` with a simulator that has one subscription to a shop.
    private func withSubscribedShop(
        responses: [Int] = [200], _ body: (ControlClient, Shop) async throws -> Void
    ) async throws {
        try await withShop(responses: responses) { shop in
            try await Simulator.with { simulator in
                let hooksim = ControlClient(url: simulator.url)
                try await hooksim.webhooks().subscribe(to: .invoicePaid, at: shop.url)
                try await body(hooksim, shop)
            }
        }
    }

    @Test func `a trigger returns its events, and their payload has what was set`() async throws {
        try await withSubscribedShop { hooksim, shop in
            let triggered = try await hooksim.trigger(
                .invoicePaid, entityID: "inv_7", data: ["total": "10.00"], set: ["memo.text": "Thank you"], count: 3)
            #expect(triggered.matchedSubscriptions == 1 && triggered.events.count == 3)
            let event = try #require(triggered.events.first)
            #expect(event.topic == .invoicePaid && event.entityID == "inv_7" && event.status == .pending)
            #expect(event.payload["data"]?["memo"]?["text"] == "Thank you" && event.json["id"]?.string == event.id)
            try await hooksim.expect(.exactly(3), .events(topic: .invoicePaid, status: .delivered))
            #expect(shop.paidInvoices == ["inv_7", "inv_7", "inv_7"])
            let none = try await hooksim.trigger(.customerCreated)
            #expect(none.events.isEmpty && none.matchedSubscriptions == 0)
        }
    }

    @Test func `an event has all its attempts with what the receiver sent back`() async throws {
        try await withSubscribedShop(responses: [500, 200]) { hooksim, _ in
            try await hooksim.freezeClock(at: Timestamp(iso8601: "2026-01-05T09:00:00Z"))
            let id = try await hooksim.trigger(.invoicePaid).events[0].id
            try await hooksim.expect(.exactly(1), .attempts(eventID: id, outcome: .failed, statusCode: 500))
            let waiting = try await hooksim.event(id)
            #expect(waiting.event.status == .pending && waiting.clientID == "sandbox")
            #expect(waiting.attempts.first?.response != nil && waiting.attempts.first?.failure == "status")
            let next = try #require(waiting.nextAttemptAt)

            let advance = try await hooksim.advanceClock(to: next)
            #expect(advance.now == next && advance.attempts == 1 && advance.pending == 0 && advance.isFinished)
            let delivered = try await hooksim.event(id)
            #expect(delivered.event.status == .delivered && delivered.event.attempts == 2)
            #expect(delivered.event.deliveredAt == next && delivered.nextAttemptAt == nil)

            let log = try await hooksim.attempts(eventID: id)
            #expect(log.map(\.outcome) == [.failed, .delivered] && log.map(\.attempt) == [1, 2])
            let first = try #require(log[0].sequence)
            #expect(try await hooksim.attempts(afterSequence: first, limit: 5).map(\.attempt) == [2])
            #expect(try await hooksim.attempts(topic: .invoicePaid, outcome: .delivered).count == 1)
            #expect(try await hooksim.attempts(clientID: "sandbox", endpointURL: log[0].endpointURL).count == 2)

            #expect(try await hooksim.resendEvent(id).event.status == .pending)
            try await hooksim.advanceClockUntilIdle()
            try await hooksim.expect(.exactly(3), .attempts(eventID: id))
        }
    }

    @Test func `a frozen clock stays where it is, and goes on from there`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let instant = try Timestamp(iso8601: "2026-01-05T09:00:00Z")
            #expect(try await hooksim.freezeClock(at: instant).mode == .frozen)
            let later = try Timestamp(iso8601: "2026-01-05T09:01:30Z")
            #expect(try await hooksim.advanceClock(by: .seconds(90)).now == later)
            #expect(try await hooksim.clock().now == later)
            let resumed = try await hooksim.resumeClock(at: instant)
            #expect(resumed.mode == .real && resumed.now >= instant)
            await #expect(throws: HooksimError.self) { try await hooksim.advanceClock(by: .seconds(1)) }
        }
    }

    @Test func `settings that are changed are in force, and the others stay`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let before = try await hooksim.settings()
            var expected = before
            expected.retrySchedule = [.zero, .milliseconds(1500), .seconds(5400)]
            expected.rateLimit = 5
            expected.retryJitter = 0
            let after = try await hooksim.updateSettings {
                $0.retrySchedule = [.zero, .milliseconds(1500), .seconds(5400)]
                $0.rateLimit = 5
                $0.retryJitter = 0
            }
            #expect(after == expected)
            #expect(try await hooksim.updateSettings { $0.rateLimit = nil }.rateLimit == nil)
            await #expect(throws: HooksimError.self) {
                try await hooksim.updateSettings {
                    $0.deliveryConcurrency = 0
                    $0.tokenLifetime = .seconds(1)
                }
            }
            #expect(
                try await hooksim.settings().tokenLifetime == before.tokenLifetime, "a refused change changes nothing")
            try await hooksim.reset()
            #expect(try await hooksim.settings() == before)
        }
    }

    @Test func `a partner sees its own rows only, and is gone once removed`() async throws {
        try await withSubscribedShop { hooksim, shop in
            let partner = try await hooksim.createPartner(scopes: .all)
            #expect(!"\(partner)".contains(partner.clientSecret))
            let api = hooksim.webhooks(as: partner)
            #expect(!"\(api)".contains(partner.clientSecret))
            #expect(try await api.subscriptions().rows.isEmpty)
            try await api.subscribe(to: .payoutPaid, at: shop.url)
            try await hooksim.trigger(.payoutPaid, entityID: "po_1", clientID: partner.clientID)
            try await hooksim.expect(.exactly(1), .events(status: .delivered, clientID: partner.clientID))
            #expect(try await hooksim.events().rows.isEmpty)
            #expect(try await hooksim.events(clientID: partner.clientID).rows.map(\.entityID) == ["po_1"])
            #expect(try await hooksim.partners().map(\.clientID).contains(partner.clientID))
            #expect(try await hooksim.removePartner(partner.partnerID).id == partner.partnerID)
            #expect(try await !hooksim.partners().map(\.clientID).contains(partner.clientID))
            let reader = try await hooksim.createPartner(
                clientID: "reader", clientSecret: "reader-secret", scopes: .read)
            #expect(reader.clientSecret == "reader-secret" && reader.scopes == .read)
        }
    }

    @Test func `a reset of one client leaves the others as they are`() async throws {
        try await withSubscribedShop { hooksim, _ in
            let partner = try await hooksim.createPartner()
            let other = hooksim.webhooks(as: partner)
            try await other.subscribe(to: .payoutPaid, at: "http://127.0.0.1:9/hooks")
            #expect(try await hooksim.reset(clientID: partner.clientID).contains(partner.clientID))
            #expect(try await other.subscriptions().rows.isEmpty)
            #expect(try await hooksim.webhooks().subscriptions().rows.count == 1)
        }
    }

    @Test func `requests of the simulated API are logged with their client`() async throws {
        try await withSubscribedShop { hooksim, _ in
            try await hooksim.webhooks().retryFailedEvents()
            try await hooksim.expect(.exactly(1), .requests(method: "POST", path: "/webhooks/retry", status: 200))
            let log = try await hooksim.requests(path: "/webhooks")
            #expect(log.map(\.method) == ["POST"] && log[0].status == 201 && log[0].clientID == "sandbox")
            #expect(try await hooksim.requests(status: 404).isEmpty)
        }
    }

    @Test func `a recording is a scenario, and a scenario is run and reported`() async throws {
        try await withSubscribedShop { hooksim, _ in
            try await hooksim.trigger(.invoicePaid, entityID: "inv_9")
            try await hooksim.expect(.exactly(1), .events(status: .delivered))
            let recording = try await hooksim.recording()
            #expect(recording.clientID == "sandbox" && !recording.isCut && recording.scenario.contains("inv_9"))
            let report = try await hooksim.runScenario([
                "name": "One delivery", "receivers": ["shop": [:]],
                "steps": [
                    ["subscribe": ["topic": "payout_paid", "to": "shop"]], ["trigger": ["topic": "payout_paid"]],
                    ["expect": ["of": "events", "where": ["status": "delivered"], "count": 2, "timeout_ms": 0]],
                ],
            ])
            #expect(report.name == "One delivery" && !report.isPassed && report.steps.count == 3)
            #expect(report.steps[0].failure == nil && report.steps[2].failure != nil)
            let error = await #expect(throws: HooksimError.self) { try await hooksim.runScenario(["steps": []]) }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 422 && !refusal.validationErrors.isEmpty)
        }
    }

    @Test func `a backup is a whole SQLite file, and the metrics are text`() async throws {
        try await withSubscribedShop { hooksim, _ in
            var copy: [UInt8] = []
            try await hooksim.backup { copy += $0 }
            #expect(copy.starts(with: "SQLite format 3\u{0}".utf8) && copy.count % 4096 == 0)
            struct DiskIsFull: Error {}
            await #expect(throws: DiskIsFull.self) { try await hooksim.backup { _ in throw DiskIsFull() } }
            #expect(try await hooksim.metrics().contains("# TYPE hooksim_"))
        }
    }
}
