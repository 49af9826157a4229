import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of operations that begin while others are in progress. The simulation of overlapping operations generates such
/// cases; these cases were found by hand.
@Suite struct OverlapTests {
    private static let start = 1_736_942_400_000 as Int64

    // MARK: Advances

    @Test(arguments: [1, 10]) func `advances at once move the clock by all of them`(count: Int) async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = Self.start }) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<count { group.addTask { try await client.advance(["by": "1h"]) } }
                try await group.waitForAll()
            }
            let end = Timestamp(milliseconds: Self.start) + .minutes(60 * Int64(count))
            #expect(try await client.send(.get, "/__admin/clock").json["now"] == .string(end.description))
        }
    }

    enum Interruption: String, CaseIterable, Sendable { case freeze, resume, reset }

    @Test(arguments: Interruption.allCases)
    func `an advance ends where the clock is set or reset meanwhile`(interruption: Interruption) async throws {
        let receiver = try await Receiver { _, _ in .hold }
        try await withSimulator({ $0.frozenAtMilliseconds = Self.start }) { client in
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.trigger()
            await receiver.wait(untilReceived: 1)
            async let advance = client.send(.post, "/__admin/clock/advance", json: ["by": "2h"])
            // The advance waits for the attempt in progress. This request gives the advance time to arrive before the
            // interruption, although it may still arrive later.
            try await client.expect("requests", [:], count: 2)
            let now = Timestamp(milliseconds: Self.start + 60_000)
            switch interruption {
            case .freeze:
                _ = try await client.send(
                    .put, "/__admin/clock", json: ["mode": "frozen", "now": .string(now.description)])
            case .resume: _ = try await client.send(.put, "/__admin/clock", json: ["mode": "real"])
            case .reset: _ = try await client.send(.post, "/__admin/reset")
            }
            receiver.release()
            let response = try await advance
            let clock = try await client.send(.get, "/__admin/clock").json
            // The advance may also have begun only after the interruption.
            switch (interruption, response.status) {
            case (.freeze, 200): #expect(clock["now"] == .string((now + .minutes(120)).description))
            case (.reset, 200):
                let end = Timestamp(milliseconds: Self.start) + .minutes(120)
                #expect(clock["now"] == .string(end.description))
            case (.freeze, 409): #expect(clock["now"] == .string(now.description))
            case (.reset, 409):
                #expect(clock["now"] == .string(Timestamp(milliseconds: Self.start).description))
            default:
                #expect(response.status == 409, "\(response.text)")
                #expect(clock["mode"] == "real")
            }
        }
        try await receiver.stop()
    }

    // MARK: Requests before a removal

    enum Ending: String, CaseIterable, Sendable { case removal, partnerReset, reset }

    @Test(arguments: Ending.allCases)
    func `a request that began before its partner's end writes nothing after it`(ending: Ending) async throws {
        try await withSimulator { client in
            let created = try await client.send(.post, "/__admin/partners", json: [:]).json
            let (clientID, id) = (created["client_id"]?.string ?? "", created["partner_id"]?.string ?? "")
            let token = try await client.token(clientID, created["client_secret"]?.string ?? "")
            let body = #"{"endpoint_url": "https://a.example", "topic": "invoice_paid"}"#
            let socket = try await RawSocket(to: client.url)
            try await socket.send([
                "POST /webhooks HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)",
                "Content-Type: application/json", "Content-Length: \(body.utf8.count)", "Expect: 100-continue",
            ])
            // The interim response shows that the request was authenticated and waits for its body.
            #expect(try await socket.response().status == 100)
            switch ending {
            case .removal: #expect(try await client.send(.delete, "/__admin/partners/\(id)").status == 200)
            case .partnerReset:
                let body: JSON = ["client_id": .string(clientID)]
                #expect(try await client.send(.post, "/__admin/reset", json: body).status == 200)
            case .reset: #expect(try await client.send(.post, "/__admin/reset").status == 200)
            }
            let next = try await client.partner()
            try await socket.send(body)
            #expect(try await socket.response().status == 401)
            for (clientID, token) in [("sandbox", try await client.token()), next] {
                #expect(try await client.send(.get, "/webhooks", token: token).json["data"] == [], "\(clientID)")
            }
            socket.close()
        }
    }

    @Test func `resets beside other requests are no error, and leave nothing`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for number in 0..<6 {
                    group.addTask {
                        var statuses: [Int] = []
                        for round in 0..<20 {
                            statuses += try await Self.request(number + round, to: client, receiver: receiver.url)
                        }
                        return statuses
                    }
                }
                for try await statuses in group {
                    let errors = statuses.filter { $0 >= 500 }
                    #expect(errors == [])
                }
            }
            #expect(try await client.send(.post, "/__admin/reset").status == 200)
            for log in ["events", "attempts", "requests"] { try await client.expect(log, [:], count: 0) }
        }
        try await receiver.stop()
    }

    /// Sends the requests of the case with this number, and returns the statuses of the responses.
    private static func request(_ number: Int, to client: TestClient, receiver: String) async throws -> [Int] {
        switch number % 6 {
        case 0: return [try await client.send(.post, "/__admin/reset").status]
        case 1, 2:
            let trigger: JSON = ["topic": "invoice_paid", "count": 5]
            return [try await client.send(.post, "/__admin/events", json: trigger).status]
        case 3: return [try await client.send(.post, "/__admin/partners", json: [:]).status]
        default:
            let credentials: JSON = [
                "grant_type": "client_credentials", "client_id": "sandbox", "client_secret": "sandbox-secret",
            ]
            let issued = try await client.send(.post, "/oauth/token", json: credentials)
            let subscription: JSON = ["endpoint_url": .string(receiver), "topic": "invoice_paid"]
            let created = try await client.send(
                .post, "/webhooks", token: issued.json["access_token"]?.string ?? "", json: subscription)
            return [issued.status, created.status]
        }
    }

    @Test func `no token comes again after a reset, and an old one stays refused`() async throws {
        try await withSimulator { client in
            var tokens: [String] = []
            for _ in 0..<4 {
                for _ in 0..<3 {
                    let partner = try await client.partner()
                    tokens += [try await client.token(), partner.token]
                }
                _ = try await client.send(.post, "/__admin/reset")
            }
            #expect(Set(tokens).count == tokens.count)
            for _ in 0..<3 { _ = try await client.partner() }
            for token in tokens { #expect(try await client.send(.get, "/webhooks", token: token).status == 401) }
        }
    }

    @Test func `no token comes again after a reset and a restart`() async throws {
        try await withTemporaryStore { path in
            var tokens: [String] = []
            for _ in 0..<3 {
                try await withSimulator({ $0.store = path }) { client in
                    tokens.append(try await client.token())
                    _ = try await client.send(.post, "/__admin/reset")
                    tokens.append(try await client.token())
                }
            }
            #expect(Set(tokens).count == tokens.count)
        }
    }

    // MARK: Delayed deliveries

    @Test(arguments: Ending.allCases + [nil])
    func `a delayed delivery is not sent after the end of its subscription`(ending: Ending?) async throws {
        let receiver = try await Receiver()
        try await withSimulator({ $0.frozenAtMilliseconds = Self.start }) { client in
            let created = try await client.send(.post, "/__admin/partners", json: [:]).json
            let (clientID, id) = (created["client_id"]?.string ?? "", created["partner_id"]?.string ?? "")
            let token = try await client.token(clientID, created["client_secret"]?.string ?? "")
            try await client.fault(["target": "delivery", "effect": ["delay": "1h"]])
            let subscription = try await client.subscribe(to: receiver.url, token: token)
            try await client.trigger(count: 3, clientID: clientID)
            try await client.advance(["by": "1s"])
            switch ending {
            case nil: _ = try await client.send(.delete, "/webhooks/\(subscription)", token: token)
            case .removal?: _ = try await client.send(.delete, "/__admin/partners/\(id)")
            case .partnerReset?:
                _ = try await client.send(.post, "/__admin/reset", json: ["client_id": .string(clientID)])
            case .reset?: _ = try await client.send(.post, "/__admin/reset")
            }
            #expect(try await client.advance(["by": "2h"])["attempts"] == 0)
            #expect(receiver.received.isEmpty)
        }
        try await receiver.stop()
    }

    @Test func `a delayed delivery is not sent after its subscription was deactivated by its receiver`() async throws {
        let receiver = try await Receiver { _, _ in .status(410) }
        try await withSimulator({ $0.frozenAtMilliseconds = Self.start }) { client in
            try await client.fault(["target": "delivery", "effect": ["delay": "1h"], "times": 2])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.trigger(count: 2)
            try await client.advance(["by": "1s"])
            try await client.trigger()
            try await client.advance(["by": "2h"])
            #expect(receiver.received.count == 1)
            try await client.expect("events", ["status": "failed"], count: 3)
        }
        try await receiver.stop()
    }

    @Test(arguments: ["delay", "timeout", "reorder"], [true, false])
    func `what a rule delays is sent when the rule is removed`(effect: String, isCleared: Bool) async throws {
        let effects: [String: JSON] = [
            "delay": ["delay": "1h"], "timeout": ["timeout": true], "reorder": ["reorder": ["window": 5]],
        ]
        let receiver = try await Receiver()
        try await withSimulator({
            $0.frozenAtMilliseconds = Self.start
            $0.settings = Settings(profile: .sandbox)
            $0.settings?.deliveryTimeout = .minutes(10)
        }) { client in
            let rule = try await client.fault(["target": "delivery", "effect": effects[effect] ?? .null])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.trigger(count: 3)
            try await client.advance(["by": "0s"])
            #expect(receiver.received.isEmpty)
            if isCleared {
                try await client.clearFaults()
            } else {
                _ = try await client.send(.delete, "/__admin/faults/\(rule)")
            }
            try await client.expect("attempts", ["outcome": "delivered"], count: 3)
            try await client.trigger()
            try await client.expect("attempts", ["outcome": "delivered"], count: 4)
            #expect(receiver.received.count == 4)
        }
        try await receiver.stop()
    }
}
