import StrictJSON
import Webhooks

/// Draws what the clients do next.
struct OperationSource {
    private var generator: SeededGenerator
    private var lastNumber = 0
    /// Whether this seed has rules that hold deliveries back in other ways than by a delay.
    private let hasWindows: Bool
    private let hasCrashes: Bool

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed &* 0x2545_F491_4F6C_DD1D &+ 1)
        hasWindows = generator.next() % 4 == 0
        hasCrashes = generator.next() % 2 == 0
    }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    private mutating func chance(_ oneIn: Int) -> Bool { number(1...oneIn) == 1 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.randomElement(using: &generator)
    }

    private mutating func new(_ kind: SimulatedOperation.Kind) -> SimulatedOperation {
        lastNumber += 1
        return SimulatedOperation(number: lastNumber, kind: kind)
    }

    // MARK: Steps

    /// Returns what begins at once in a step.
    mutating func step(_ ledger: Ledger, at now: Timestamp) -> [SimulatedOperation] {
        switch number(0...39) {
        case 0...2:
            let span = Int64(number(1...4) * 900_000)
            return (0..<number(2...4)).map { _ in new(.advance(.by(milliseconds: span))) } + looks(1)
        case 3: return (0..<2).map { _ in new(.resetAll) } + some(1...3, ledger, now)
        case 4: return (0..<2).map { _ in new(.scenario) }
        case 5: return [new(.resetOnFullDisk(pick([.all, .client(client(ledger))])!))] + some(0...2, ledger, now)
        case 6 where hasCrashes, 9 where hasCrashes:
            // A retry that a crash interrupts, with nothing beside it that requeues or cancels.
            return [retry(ledger), crash()].compactMap { $0 }
        case 7...8 where hasCrashes: return some(1...4, ledger, now) + [crash()]
        default: return some(1...5, ledger, now)
        }
    }

    private mutating func some(_ range: ClosedRange<Int>, _ ledger: Ledger, _ now: Timestamp) -> [SimulatedOperation] {
        (0..<number(range)).compactMap { _ in operation(ledger, now) }
    }

    private mutating func crash() -> SimulatedOperation {
        new(.crash(isInWrite: chance(2), yields: number(0...8)))
    }

    /// Draws one operation; `nil` when what was drawn needs something that is not there.
    private mutating func operation(_ ledger: Ledger, _ now: Timestamp) -> SimulatedOperation? {
        var drawn = chance(2) ? missing(ledger) ?? draw(ledger, now) : draw(ledger, now)
        if chance(6), drawn?.request?.content != nil { drawn?.gate = ContentGate() }
        return drawn
    }

    /// Draws what an emptied simulator needs before anything can overlap again, or takes away what delays all deliveries; `nil` where
    /// there is nothing of the kind.
    private mutating func missing(_ ledger: Ledger) -> SimulatedOperation? {
        if !ledger.known(.token).contains(where: { ledger.presence($0) != .gone }) { return token(ledger) }
        let delays = ledger.known(.fault).filter { $0.text.contains("delay") && ledger.presence($0) != .gone }
        if let delay = delays.first, chance(6) {
            return new(chance(2) ? .clearFaults : .removeFault(id: delay.id))
        }
        let subscriptions = ledger.known(.subscription).filter { ledger.presence($0) != .gone }
        return subscriptions.count < 2 ? subscribe(ledger) : nil
    }

    private mutating func draw(_ ledger: Ledger, _ now: Timestamp) -> SimulatedOperation? {
        switch number(0...99) {
        case 0..<18: trigger(ledger)
        case 18..<27: token(ledger)
        case 27..<40: subscribe(ledger)
        case 40..<45: deletion(ledger)
        case 45..<51: retry(ledger)
        case 51..<55: pick(ledger.known(.event)).map { new(.resend(id: $0.id)) }
        case 55..<60: new(.createPartner(clientID: chance(3) ? "shop" : "shop-\(number(0...999_999))"))
        case 60..<64: pick(ledger.known(.partner)).map { new(.removePartner(id: $0.id, clientID: $0.client)) }
        case 64..<68: new(.resetAll)
        case 68..<71: new(.resetClient(client(ledger)))
        case 71..<73: clock(now)
        case 73..<80: advance(now)
        case 80..<83: settings()
        case 83..<88: fault()
        case 88..<91: chance(2) ? new(.clearFaults) : pick(ledger.known(.fault)).map { new(.removeFault(id: $0.id)) }
        case 91..<92: scenario()
        case 92..<95: expectation()
        default: looks(1, token: pick(ledger.known(.token))).first
        }
    }
}

// MARK: Operations

extension OperationSource {
    private static let topics: [Topic] = [.invoicePaid, .payoutPaid]

    private mutating func client(_ ledger: Ledger) -> String {
        guard chance(2), let partner = pick(ledger.known(.partner)) else { return SimulatedWorld.clientID }
        return partner.client
    }

    private mutating func trigger(_ ledger: Ledger) -> SimulatedOperation {
        new(
            .trigger(
                pick(Self.topics)!, client: chance(2) ? nil : client(ledger), count: chance(4) ? number(2...6) : 1))
    }

    private mutating func token(_ ledger: Ledger) -> SimulatedOperation {
        guard chance(2), let partner = pick(ledger.known(.partner)) else {
            return new(
                .token(
                    clientID: SimulatedWorld.clientID, secret: SimulatedWorld.clientSecret, partnerEnd: .max))
        }
        return new(.token(clientID: partner.client, secret: partner.text, partnerEnd: partner.span.end))
    }

    private mutating func pickToken(_ ledger: Ledger) -> Fact? {
        let tokens = ledger.known(.token)
        return pick(chance(8) ? tokens : tokens.filter { ledger.presence($0) != .gone })
    }

    private mutating func subscribe(_ ledger: Ledger) -> SimulatedOperation? {
        guard let token = pickToken(ledger) else { return token(ledger) }
        return new(.subscribe(pick(Self.topics)!, token: token))
    }

    private mutating func deletion(_ ledger: Ledger) -> SimulatedOperation? {
        guard let subscription = pick(ledger.known(.subscription)),
            let token = pick(ledger.known(.token).filter { $0.client == subscription.client })
        else { return nil }
        return new(.deleteSubscription(id: subscription.id, token: token))
    }

    private mutating func retry(_ ledger: Ledger) -> SimulatedOperation? {
        pickToken(ledger).map { new(.retryFailed(token: $0)) }
    }

    private mutating func clock(_ now: Timestamp) -> SimulatedOperation {
        let instant = chance(2) ? nil : now + .milliseconds(Int64(number(-3_600_000...3_600_000)))
        return new(.setClock(isFrozen: !chance(4), to: instant))
    }

    private mutating func advance(_ now: Timestamp) -> SimulatedOperation {
        switch number(0...5) {
        case 0: new(.advance(.to(now + .milliseconds(Int64(number(0...600_000))))))
        case 1, 2: new(.advance(.untilIdle))
        default: new(.advance(.by(milliseconds: Int64(number(0...20) * 1000))))
        }
    }

    private mutating func settings() -> SimulatedOperation {
        let patches: [JSONObject] = [
            JSONObject([("delivery_concurrency", .number(number(1...5)))]),
            JSONObject([("retry_schedule", ["0s", "1s", "60s"])]),
            JSONObject([("retry_schedule", ["2s", "30s"]), ("retry_jitter", 0)]),
            JSONObject([("auto_disable_threshold", .number(number(3...6)))]),
            JSONObject([("delivery_timeout", .string("\(number(5...20))s"))]),
        ]
        return new(.changeSettings(pick(patches)!))
    }

    private mutating func fault() -> SimulatedOperation {
        var effects: [JSON] = [["delay": "1h"], ["delay": "10s"], ["status": 500], ["status": 503], ["drop": true]]
        if hasWindows { effects += [["reorder": ["window": 3]], ["timeout": true], ["duplicate": 2]] }
        return new(.addFault(pick(effects)!))
    }

    private mutating func scenario() -> SimulatedOperation {
        var scenario = new(.scenario)
        scenario.isAbandoned = chance(3)
        return scenario
    }

    private mutating func expectation() -> SimulatedOperation {
        let of: JSON = .string(pick(["events", "attempts", "requests"])!)
        guard chance(4) else { return new(.expect(["of": of, "at_least": 0, "timeout_ms": 100])) }
        return new(.expect(["of": of, "at_least": 1_000_000, "timeout_ms": 600_000]))
    }

    private mutating func looks(_ count: Int, token: Fact? = nil) -> [SimulatedOperation] {
        (0..<count).map { _ in
            if let token, chance(2) {
                return new(.list(path: pick(["/webhooks", "/webhooks/events?status=failed"])!, token: token))
            }
            return new(.list(path: pick(Self.lists)!, token: nil))
        }
    }

    private static let lists = [
        "/__admin/events", "/__admin/attempts", "/__admin/requests", "/__admin/partners", "/__admin/faults",
        "/__admin/settings", "/__admin/clock", "/__admin/metrics", "/__admin/recording", "/__admin/",
        "/__admin/inspector/events", "/__admin/inspector/subscriptions",
    ]
}
