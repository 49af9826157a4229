import Hummingbird
import Webhooks

/// `GET /__admin/recording`: what the simulator saw, as a scenario.
struct RecordingController: Sendable {
    let recorder: Recorder
    let database: Database
    let partners: PartnerRegistry
    let clock: SimulatedClock
    let startPartner: StartPartner

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/recording", "getRecording", query: ["client_id"]) { request, _ in
            try await show(request)
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

    /// - Parameter asked: whose; `nil` is theirs who alone did anything, or of the partner given at start.
    func recording(of asked: String?) async throws -> (clientID: String, isCut: Bool, scenario: String) {
        let (acts, isCut) = try await recorder.acts()
        let clientID = asked ?? onlyClient(in: acts) ?? startPartner.clientID
        let row = try partners.find(clientID: clientID).row
        let (events, lastAttempt) = try await database.read { connection in
            (
                try EventCounts.all(partner: row, connection),
                try connection.first("SELECT MAX(seq) FROM attempts") { $0.integer(0) } ?? 0
            )
        }
        let attempts = try await attempts(upTo: lastAttempt, partner: row)
        let recording = Recording(
            acts: acts.filter { act in act.clientID.map { $0 == clientID } ?? true }, attempts: attempts,
            events: events.map { ($0.topic.rawValue, $0.status.rawValue, $0.count) }, end: clock.now, isCut: isCut)
        return (clientID, isCut, recording.scenario)
    }

    /// Whose recording is meant when nobody says so: theirs who alone did anything.
    private func onlyClient(in acts: [RecordedAct]) -> String? {
        let clients = Set(acts.compactMap(\.clientID)).filter { partners[clientID: $0] != nil }
        return clients.count == 1 ? clients.first : nil
    }

    /// How many attempts are read at once: some ten milliseconds, in which whatever else needs the store waits.
    private static let mostAtOnce = 2000

    /// The attempts up to a number, read bit by bit: there may be millions.
    private func attempts(upTo end: Int, partner: Int) async throws -> [RecordedAttempt] {
        var found: [RecordedAttempt] = []
        var position = 0
        while position < end {
            let (attempts, last) = try await database.read { [position] in
                try Self.attempts(after: position, upTo: end, partner: partner, $0)
            }
            found += attempts
            position = last
        }
        return found
    }

    /// The partner's among the next attempts, and the number of the last that was looked at, which is `end` when no more are left.
    private static func attempts(
        after position: Int, upTo end: Int, partner: Int, _ connection: Connection
    ) throws -> (found: [RecordedAttempt], last: Int) {
        let statement = try connection.prepare(
            """
            SELECT row.endpoint_url, event.topic, event.entity_id, event.id, row.attempt, row.outcome, row.status_code, row.failure,
            row.fault, row.answer_headers, row.seq, row.partner FROM attempts AS row JOIN events AS event ON event.event = row.event
            WHERE row.seq > ? AND row.seq <= ? ORDER BY row.seq LIMIT ?
            """, position, end, mostAtOnce)
        var found: [RecordedAttempt] = []
        var last = position
        while try statement.step() {
            let number = statement.integer(10)
            guard number > last else { throw DatabaseError.damage("attempts are out of order", sql: "attempts") }
            last = number
            guard statement.integer(11) == partner else { continue }
            found.append(
                RecordedAttempt(
                    endpointURL: statement.string(0), topic: statement.topic(1).rawValue,
                    entityID: statement.string(2), eventID: statement.identifier(3).description,
                    attempt: statement.attempt(4),
                    isDelivered: statement.integer(5) == EventStatus.delivered.number, reply: reply(statement)))
        }
        return (found, last == position ? end : last)
    }

    /// What the receiver did, where it was asked at all.
    private static func reply(_ row: Statement) -> RecordedAttempt.Reply? {
        if let fault = row.optional(8, row.string), DeliveryFault.keepsFromReceiver(named: fault) { return nil }
        if !row.isNull(6) {
            return .status(row.integer(6), retryAfter: row.optional(9, row.string).flatMap(retryAfter))
        }
        // Whatever cut the connection, a reset fails the attempt just so; only silence takes its time.
        return row.optional(7, row.failure)?.isTimeout == true ? .hang : .reset
    }

    private static func retryAfter(_ headers: String) -> String? {
        let fields = (try? JSON(parsing: headers.utf8))?.array ?? []
        return fields.first { $0.array?.first?.string?.lowercased() == "retry-after" }?.array?.last?.string
    }
}
