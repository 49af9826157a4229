import StrictJSON
import Testing
import Webhooks

@Suite struct DelayDistributionTests {
    @Test func `uniform delays stay within their ends and reach near both`() {
        var generator = SeededGenerator(seed: 3)
        let distribution = DelayDistribution.uniform(.milliseconds(10)...(.milliseconds(20)))
        let draws = (0..<2000).map { _ in distribution.draw(using: &generator).milliseconds }
        #expect(draws.min() == 10 && draws.max() == 20)
    }

    @Test func `lognormal delays have their median in the middle and never pass the longest`() {
        var generator = SeededGenerator(seed: 3)
        let distribution = DelayDistribution.lognormal(
            median: .milliseconds(80), sigma: 0.4, longest: .milliseconds(200))
        let draws = (0..<4001).map { _ in distribution.draw(using: &generator).milliseconds }.sorted()
        #expect((75...85).contains(draws[2000]))
        #expect(draws[4000] == 200)
        #expect(draws[0] > 0)
    }
}

@Suite struct OperationTests {
    @Test(
        arguments: [
            ("GET", "/webhooks", Operation.listSubscriptions), ("HEAD", "/webhooks", .listSubscriptions),
            ("POST", "/webhooks", .createSubscription), ("GET", "/webhooks/events", .listEvents),
            ("POST", "/webhooks/retry", .retryFailedEvents), ("DELETE", "/webhooks/abc", .deleteSubscription),
            ("POST", "/oauth/token", .createToken), ("DELETE", "/webhooks/events", nil), ("GET", "/webhooks/abc", nil),
            ("GET", "/nowhere", nil), ("PUT", "/webhooks", nil), ("DELETE", "/webhooks/a/b", nil),
        ] as [(String, String, Operation?)])
    func `a request's operation is known by its method and path`(method: String, path: String, operation: Operation?) {
        #expect(Operation(method: method, path: path) == operation)
    }

    @Test(arguments: Operation.allCases)
    func `each operation of the simulated API is recorded, and is none of the control API`(operation: Operation) {
        #expect(RecordedOperation(rawValue: operation.rawValue)?.isControl == false)
    }

    @Test(arguments: [
        ("/webhooks*", true), ("/webhooks/ev*", true), ("*", true), ("/webhooks/events", true),
        ("/webhooks/events/*", false),
        ("/webhooks", false), ("/web/*", false), ("/webhooks/retry", false),
    ])
    func `a pattern matches an operation when some path of it would`(pattern: String, isMatched: Bool) {
        #expect(Operation.listEvents.isMatched(by: PathPattern(pattern)) == isMatched)
    }
}

@Suite struct FaultPlanTests {
    private func rule(_ text: String) throws -> FaultRule {
        try FaultRuleParser.parse(try #require(try JSON(parsing: text.utf8).object))
    }

    private func delivery(ticket: Int, attempt: Int = 1) -> FaultableDelivery {
        FaultableDelivery(
            topic: .invoicePaid, endpointURL: "http://a/", clientID: "c", entityID: "e", attempt: attempt,
            ticket: ticket)
    }

    @Test func `the samples of a delivery do not depend on what was asked before`() throws {
        let random = RandomSource(seed: 5)
        let now = Timestamp(milliseconds: 0)
        let text = #"{"target":"delivery","effect":{"drop":true},"probability":0.5}"#
        let decide = { (tickets: [Int]) in
            var plan = FaultPlan()
            _ = plan.add(try self.rule(text), at: now)
            return Dictionary(
                uniqueKeysWithValues: tickets.map {
                    ($0, plan.hit(self.delivery(ticket: $0), at: now, random: random) != nil)
                })
        }
        let forward = try decide(Array(1...200))
        #expect(try decide((1...200).reversed()) == forward)
        #expect((60...140).contains(forward.values.count { $0 }))
    }

    @Test func `skip, times and life bound how often a rule hits`() throws {
        let random = RandomSource(seed: 5)
        let now = Timestamp(milliseconds: 0)
        var plan = FaultPlan()
        _ = plan.add(try rule(#"{"target":"delivery","effect":{"drop":true},"skip":2,"times":3,"for":"1m"}"#), at: now)
        let hits = (1...8).map { plan.hit(delivery(ticket: $0), at: now, random: random) != nil }
        #expect(hits == [false, false, true, true, true, false, false, false])

        _ = plan.add(try rule(#"{"target":"delivery","effect":{"lose":true},"for":"1m"}"#), at: now)
        #expect(plan.hit(delivery(ticket: 9), at: now + .seconds(59), random: random)?.effect.name == "lose")
        #expect(plan.hit(delivery(ticket: 10), at: now + .seconds(60), random: random) == nil)
        #expect(plan.entries.isEmpty)
    }
}
