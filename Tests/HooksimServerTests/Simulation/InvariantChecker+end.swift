import HTTPTypes
import StrictJSON
import Synchronization
import Webhooks

@testable import HooksimServer

/// What must hold once everything has come to rest.
extension InvariantChecker {
    /// Removes all fault rules, moves the clock until nothing is due, and checks that all events are final; then resets.
    mutating func checkEnd() async throws {
        let world = simulation.world
        _ = try await succeed(SimulatedRequest(.delete, "/__admin/faults"), in: world)
        _ = try await succeed(SimulatedRequest(.put, "/__admin/clock", ["mode": "frozen"]), in: world)
        try await Self.within(.seconds(60), "an advance until idle does not end") {
            _ = try? await world.respond(to: SimulatedRequest(.post, "/__admin/clock/advance", ["until": "idle"]))
        }
        let stored = try await world.parts.storage.store.read { try StoredState($0) }
        let pending = stored.events.filter { $0.status == .pending }
        guard pending.isEmpty else {
            throw Violation(
                invariant: .allIsFinal,
                detail: "\(pending.count) events wait: \(pending[0].entityID), due \(pending[0].dueAt as Any)")
        }
        try await checkRepetition(world)
    }

    private func succeed(_ request: SimulatedRequest, in world: SimulatedWorld) async throws -> JSON {
        let response = try await world.respond(to: request)
        guard response.isSuccess else {
            throw Violation(
                invariant: response.status >= 500 ? .noServerError : .acknowledgedIsThere,
                detail: "\(request.method) \(request.path): \(response.status) \(response.text.prefix(200))")
        }
        return response.json
    }

    /// The same requests get the same ids after each reset, and never the same tokens.
    private func checkRepetition(_ world: SimulatedWorld) async throws {
        var first: [String] = []
        for round in 0..<2 {
            _ = try await succeed(SimulatedRequest(.post, "/__admin/reset", .object(JSONObject())), in: world)
            let ids = try await idsAndTokens(world)
            if round == 0 { first = ids }
            guard ids == first else {
                throw Violation(invariant: .identifiersRepeat, detail: "\(ids) after \(first)")
            }
        }
    }

    private func idsAndTokens(_ world: SimulatedWorld) async throws -> [String] {
        let partner = try await succeed(
            SimulatedRequest(.post, "/__admin/partners", ["client_id": "again", "client_secret": "again"]), in: world)
        let token = try await succeed(.token(clientID: "again", clientSecret: "again"), in: world)
        let text = token["access_token"]?.string ?? ""
        try Violation.note {
            guard simulation.state.withLock({ $0.ledger.note(token: text) }) else { return }
            throw Violation(invariant: .tokensAreUnique, detail: "a token came again after a reset")
        }
        let subscription = try await succeed(
            SimulatedRequest(
                .post, "/webhooks", token: text,
                ["endpoint_url": .string(Marker.endpointURL(0)), "topic": "invoice_paid"]), in: world)
        let events = try await succeed(
            SimulatedRequest(
                .post, "/__admin/events", ["topic": "invoice_paid", "client_id": "again", "entity_id": "again"]),
            in: world)
        return [partner["partner_id"], subscription["id"], events["data"]?.array?.first?["id"]].map { $0?.string ?? "" }
    }
}
