import HooksimClient
import HooksimServer
import Testing

@Suite struct FaultTests {
    private static let all: [NewFaultRule] =
        [
            .status(503), .status(200, body: ["a": 1], headers: ["X-Reason": "test"]), .delay(.fixed(.milliseconds(5))),
            .delay(.uniform(min: .zero, max: .seconds(1))),
            .delay(.lognormal(median: .milliseconds(80), sigma: 0.4, max: .seconds(2))), .connection(.reset),
            .connection(.empty), .connection(.closeMidway), .connection(.randomThenClose),
            .dribble(chunks: 5, over: .seconds(1)), .malformedJSON, .rateLimited(retryAfter: 2), .expireToken,
        ].flatMap { [NewFaultRule.api($0), .token($0, clientID: "sandbox")] }
        + [
            .api(.staleCursor, method: "GET", path: "/webhooks*", clientID: "sandbox", operation: "listEvents"),
            .delivery(.status(500), topic: .invoicePaid, endpointURL: "http://127.0.0.1/", entityID: "a", attempt: 2),
            .delivery(.drop, limits: .init(probability: 0.5, skip: 1, times: 3, lifetime: .seconds(600))),
        ]
        + [
            .lose, .delay(.fixed(.seconds(1))), .duplicate(2), .reorder(window: 5), .timeout, .connection(.refuse),
            .connection(.reset), .truncateBody, .corruptBody, .wrongSecret, .noSecret, .failAfterAccept,
        ].map { NewFaultRule.delivery($0) }

    @Test func `each rule that can be written is accepted, listed and removed`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            for rule in Self.all {
                let added = try await hooksim.addFault(rule)
                for member in rule.json.object?.members ?? [] {
                    #expect(added.json[member.name] == member.value, "\(rule.json)")
                }
            }
            let rules = try await hooksim.faults()
            #expect(rules.count == Self.all.count && rules.allSatisfy { $0.hits == 0 && $0.matches == 0 })
            #expect(try await hooksim.removeFault(rules[0].id).target == "api")
            #expect(try await hooksim.faults().count == rules.count - 1)
            try await hooksim.clearFaults()
            #expect(try await hooksim.faults().isEmpty)
            await #expect(throws: HooksimError.self) { try await hooksim.removeFault(rules[0].id) }
            await #expect(throws: HooksimError.self) { try await hooksim.addFault(.delivery(.duplicate(1))) }
            for preset in FaultPreset.allCases { #expect(try await !hooksim.addFaults(preset).isEmpty) }
        }
    }

    @Test func `a duplicate is delivered twice, and counted`() async throws {
        try await withShop { shop in
            try await Simulator.with { simulator in
                let hooksim = ControlClient(url: simulator.url)
                try await hooksim.webhooks().subscribe(to: .invoicePaid, at: shop.url)
                try await hooksim.addFault(.delivery(.duplicate(2), topic: .invoicePaid, limits: .init(times: 1)))
                try await hooksim.trigger(.invoicePaid, entityID: "inv_1")
                try await hooksim.expect(.exactly(2), .attempts(outcome: .delivered, fault: "duplicate"))
                #expect(shop.paidInvoices == ["inv_1", "inv_1"])
                #expect(try await hooksim.faults()[0].hits == 1)
            }
        }
    }
}
