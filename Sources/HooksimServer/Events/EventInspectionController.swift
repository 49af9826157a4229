import Hummingbird
import Webhooks

/// Events as the control API shows them: of any partner, with their attempts, to be sent once more.
struct EventInspectionController: Sendable {
    let database: Database
    let partners: PartnerRegistry
    let clock: SimulatedClock
    let worker: DeliveryWorker
    let startPartner: StartPartner

    func addRoutes(to routes: inout Routes) {
        routes.add(
            .get, "/__admin/events", "listAllEvents",
            query: ["client_id", "limit", "after", "before", "topic", "status", "from_date", "to_date"]
        ) { try await list($0, $1) }
        routes.add(.get, "/__admin/events/{id}", "getEvent") { try await get($0, $1) }
        routes.add(.post, "/__admin/events/{id}/resend", "resendEvent") { try await resend($0, $1) }
    }

    /// As `GET /webhooks/events`, of the partner that `client_id` names, by default the one given at start.
    private func list(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        let page = PageRequest(query: query, failure: &failure)
        let filter = EventFilter(query: query, failure: &failure)
        let clientID = failure.value(query, "client_id")
        try failure.check()
        let partner = try partners.find(clientID: clientID ?? startPartner.clientID)
        return .json(.ok, try await database.read { try EventRecord.page(page, filter, of: partner, $0) })
    }

    private func get(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try context.identifier("id")
        let bytes = try await database.read { [partners] in try Self.write(id, partners: partners, $0) }
        guard let bytes else { throw Self.unknown(id) }
        return .json(.ok, bytes)
    }

    private func resend(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        .json(.ok, try await resend(try context.identifier("id")))
    }

    /// Sends an event once more; returns it as it is then.
    func resend(_ id: Identifier) async throws -> [UInt8] {
        let now = clock.now
        let (subscription, bytes) = try await database.write { [partners] connection in
            let found = try connection.first(
                """
                SELECT event, events.subscription, is_active FROM events JOIN subscriptions USING (subscription) WHERE events.id = ?
                """, id
            ) { (event: $0.integer(0), subscription: $0.integer(1), isActive: $0.bool(2)) }
            guard let found else { throw Self.unknown(id) }
            guard found.isActive else {
                throw APIError.conflict(
                    "the event's subscription is not active any more; subscribe again and trigger a new event")
            }
            let ticket = try Tickets.next(connection)
            Tickets.use(before: ticket + 1, connection)
            try EventRecord.requeue(event: found.event, ticket: ticket, at: now, connection)
            return (found.subscription, try Self.write(id, partners: partners, connection) ?? [])
        }
        worker.wake([subscription], at: now)
        return bytes
    }

    private static func unknown(_ id: Identifier) -> APIError {
        .notFound("there is no event \(id); GET /__admin/events lists what there is")
    }

    /// The event's row, with its attempts in the place of their number; `nil` for an unknown event.
    static func write(_ id: Identifier, partners: PartnerRegistry, _ connection: Connection) throws -> [UInt8]? {
        let row = try connection.prepare(
            """
            SELECT \(EventRecord.columns), row.event, row.due_at, partner.id, partner.client_id, subscription.endpoint_url
            FROM \(EventRecord.source) JOIN partners AS partner ON partner.partner = row.partner WHERE row.id = ?
            """, id)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let clientID = row.string(15)
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        EventRecord.writeFields(
            row, partnerID: row.identifier(14), subscriptionID: row.identifier(2), attemptsAs: "attempt_count",
            to: &writer)
        writer.name("client_id")
        writer.string(clientID)
        writer.name("endpoint_url")
        writer.string(row.string(16))
        writer.name("next_attempt_at")
        if row.isNull(13) { writer.null() } else { writer.timestamp(row.timestamp(13)) }
        writer.name("attempts")
        writer.beginArray()
        let attempts = try connection.prepare(
            "SELECT \(AttemptRecord.columns) FROM \(AttemptRecord.source) WHERE row.event = ? ORDER BY row.seq",
            row.integer(12))
        while try attempts.step() { AttemptRecord.write(attempts, clientID: clientID, withAnswer: true, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }
}
