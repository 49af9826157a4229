import HooksimScenarios
import Hummingbird
import StrictJSON
import Webhooks

/// Serves `GET /__admin/recording`: the recorded actions and attempts of a client as a scenario.
struct RecordingController: Sendable {
    let recorder: Recorder
    let store: Store
    let partners: PartnerRegistry
    let clock: SimulatedClock
    let defaultClient: DefaultClient

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/recording", "getRecording", query: ["client_id"], mayBeUnknown: true) {
            request, _ in try await show(request)
        }
    }

    private func show(_ request: Request) async throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        let asked = failure.value(query, "client_id")
        try failure.check()
        let (clientID, isCut, scenario) = try await recording(of: asked)
        return .json(
            .ok, ["client_id": .string(clientID), "is_cut": .bool(isCut), "scenario": .string(scenario)])
    }

    /// Returns the recording of a client.
    /// - Parameter asked: The id of the client; `nil` for the only active client, or else for the default client.
    func recording(of asked: String?) async throws -> (clientID: String, isCut: Bool, scenario: String) {
        let (actions, isCut) = try await recorder.actions()
        let clientID = asked ?? onlyClient(in: actions) ?? defaultClient.clientID
        let row = try partners.find(clientID: clientID).row
        let (events, lastAttempt) = try await store.read { session in
            (try EventCounts.all(partner: row, session), try AttemptTable.last(session))
        }
        let attempts = try await attempts(upTo: lastAttempt, partner: row)
        let recording = Recording(
            actions: actions.filter { action in action.clientID.map { $0 == clientID } ?? true }, attempts: attempts,
            events: events.map { ($0.topic.rawValue, $0.status.rawValue, $0.count) }, end: clock.now, isCut: isCut)
        return (clientID, isCut, recording.scenario)
    }

    /// Returns the client with recorded actions if there is exactly one.
    private func onlyClient(in actions: [RecordedAction]) -> String? {
        let clients = Set(actions.compactMap(\.clientID)).filter { partners[clientID: $0] != nil }
        return clients.count == 1 ? clients.first : nil
    }

    /// The maximum number of attempts in one read, which takes some ten milliseconds, during which other reads and
    /// writes wait.
    private static let maxPerRead = 2000

    /// Returns the attempts up to a number. They are read in parts, since there may be millions.
    private func attempts(upTo end: Int, partner: Int) async throws -> [RecordedAttempt] {
        var found: [RecordedAttempt] = []
        var position = 0
        while position < end {
            let (attempts, last) = try await store.read { [position] in
                try AttemptTable.recorded(
                    after: position, upTo: end, limit: Self.maxPerRead, partner: partner, $0)
            }
            found += attempts
            position = last
        }
        return found
    }
}
