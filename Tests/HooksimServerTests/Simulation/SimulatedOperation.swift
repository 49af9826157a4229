import HTTPTypes
import StrictJSON
import Webhooks

/// Something that a client does, with all that was drawn for it.
struct SimulatedOperation: Sendable {
    enum Kind: Sendable {
        case trigger(Topic, client: String?, count: Int)
        case token(clientID: String, secret: String, partnerEnd: Int)
        case subscribe(Topic, token: Fact)
        case deleteSubscription(id: String, token: Fact)
        case retryFailed(token: Fact)
        case resend(id: String)
        case createPartner(clientID: String)
        case removePartner(id: String, clientID: String)
        case resetAll
        case resetClient(String)
        case setClock(isFrozen: Bool, to: Timestamp?)
        case advance(Advance)
        case changeSettings(JSONObject)
        case addFault(JSON)
        case removeFault(id: String)
        case clearFaults
        case scenario
        case expect(JSON)
        case list(path: String, token: Fact?)
        case crash(isInWrite: Bool, yields: Int)
        case resetOnFullDisk(SimulatedOperation.FullDiskTarget)
    }

    enum Advance: Sendable {
        case by(milliseconds: Int64)
        case to(Timestamp)
        case untilIdle
    }

    enum FullDiskTarget: Sendable { case all, client(String) }

    let number: Int
    let kind: Kind
    /// What holds the second half of the request's content back.
    var gate: ContentGate?
    /// Whether the client hangs up before the response is there.
    var isAbandoned = false

    /// Whether it ends only when its client hangs up.
    var waitsForever: Bool {
        if case .expect(let body) = kind { body["timeout_ms"]?.integer ?? 0 > 1000 } else { false }
    }

    /// Whether it copies the files of the store, beside which nothing is checked: the rows may be newer than the copy.
    var isCrash: Bool {
        if case .crash = kind { true } else { false }
    }

    var isScenario: Bool {
        if case .scenario = kind { true } else { false }
    }

    var name: String { String("\(kind)".prefix { $0 != "(" }) }
}

// MARK: Requests

extension SimulatedOperation {
    /// The request of the operation; `nil` for a crash.
    var request: SimulatedRequest? {
        var request: SimulatedRequest? = plainRequest
        if request?.content != nil { request?.gate = gate }
        return request
    }

    private var plainRequest: SimulatedRequest? {
        switch kind {
        case .trigger(let topic, let client, let count):
            var body = JSONObject([
                ("topic", .string(topic.rawValue)), ("entity_id", .string(Marker.entityID(number))),
                ("count", .number(count)), ("data", .object(JSONObject())),
            ])
            if let client { body["client_id"] = .string(client) }
            return SimulatedRequest(.post, "/__admin/events", .object(body))
        case .token(let clientID, let secret, _): return .token(clientID: clientID, clientSecret: secret)
        case .subscribe(let topic, let token):
            return SimulatedRequest(
                .post, "/webhooks", token: token.id,
                ["endpoint_url": .string(Marker.endpointURL(number)), "topic": .string(topic.rawValue)])
        case .deleteSubscription(let id, let token):
            return SimulatedRequest(.delete, "/webhooks/\(id)", token: token.id)
        case .retryFailed(let token): return SimulatedRequest(.post, "/webhooks/retry", token: token.id)
        case .resend(let id): return SimulatedRequest(.post, "/__admin/events/\(id)/resend")
        case .createPartner(let clientID):
            return SimulatedRequest(
                .post, "/__admin/partners",
                ["client_id": .string(clientID), "client_secret": .string(Marker.secret(number))])
        case .removePartner(let id, _): return SimulatedRequest(.delete, "/__admin/partners/\(id)")
        case .resetAll, .resetOnFullDisk(.all): return SimulatedRequest(.post, "/__admin/reset", .object(JSONObject()))
        case .resetClient(let client), .resetOnFullDisk(.client(let client)):
            return SimulatedRequest(.post, "/__admin/reset", ["client_id": .string(client)])
        case .list(let path, let token): return SimulatedRequest(.get, path, token: token?.id)
        case .crash: return nil
        default: return controlRequest
        }
    }

    private var controlRequest: SimulatedRequest? {
        switch kind {
        case .setClock(let isFrozen, let instant):
            var body = JSONObject([("mode", isFrozen ? "frozen" : "real")])
            if let instant { body["now"] = .string(instant.description) }
            return SimulatedRequest(.put, "/__admin/clock", .object(body))
        case .advance(let advance):
            let body: JSON =
                switch advance {
                case .by(let milliseconds): ["by": .string("\(milliseconds)ms")]
                case .to(let instant): ["to": .string(instant.description)]
                case .untilIdle: ["until": "idle"]
                }
            return SimulatedRequest(.post, "/__admin/clock/advance", body)
        case .changeSettings(let patch): return SimulatedRequest(.patch, "/__admin/settings", .object(patch))
        case .addFault(let effect):
            return SimulatedRequest(
                .post, "/__admin/faults",
                ["target": "delivery", "effect": effect, "times": .number(Marker.faultTimes(number))])
        case .removeFault(let id): return SimulatedRequest(.delete, "/__admin/faults/\(id)")
        case .clearFaults: return SimulatedRequest(.delete, "/__admin/faults")
        case .scenario: return SimulatedRequest(.post, "/__admin/scenarios", scenario)
        case .expect(let body): return SimulatedRequest(.post, "/__admin/expect", body)
        default: return nil
        }
    }

    /// A small scenario that changes the settings, moves the clock, adds a fault rule and has events delivered.
    private var scenario: JSON {
        [
            "name": .string("scenario \(number)"), "settings": ["retry_schedule": ["0s", "7s"]],
            "receivers": ["shop": ["url": .string(Marker.scenarioURL(number))]],
            "steps": [
                ["subscribe": ["topic": "invoice_paid", "to": "shop"]],
                ["fault": ["target": "delivery", "effect": ["status": 503], "times": 1]],
                ["trigger": ["topic": "invoice_paid", "entity_id": .string(Marker.entityID(number))]],
                ["advance": "8s"],
            ],
        ]
    }
}
