import Hummingbird
import Webhooks

/// `POST /__admin/reset`: as if just started, for everybody or for one partner.
struct ResetController: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let tokens: TokenStore
    let limiter: RateLimiter
    let records: RequestRecords
    let settings: SettingsStore
    let random: CurrentRandomSource
    let faults: FaultStore
    let worker: DeliveryWorker
    let clock: SimulatedClock
    /// Where the clock stood still at start; `nil` when it ran.
    let initialClock: Timestamp?
    let startPartner: StartPartner

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/reset", "reset") { try await reset($0, $1) }
    }

    private func reset(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject(isRequired: false))
        let clientID = fields.string("client_id")
        try fields.check()
        if let clientID {
            let record = try partners.find(clientID: clientID)
            try await empty(record)
            return .json(.ok, ["message": .string("everything of the client \(clientID) was removed")])
        }
        try await emptyAll()
        return .json(.ok, ["message": "everything was removed"])
    }

    private func empty(_ record: PartnerRecord) async throws {
        do {
            try await store.write { [records] session in
                records.writeRemoval(session)
                try PartnerTable.removeRows(ofPartner: record.row, session)
            }
        } catch {
            records.keepAll()
            throw error
        }
        partners.renew(record)
        tokens.forget(clientID: record.partner.clientID)
        limiter.clear(client: record.row)
        // Last: whoever was let in before belongs to the past.
        records.forget(record)
    }

    private func emptyAll() async throws {
        random.restart()
        let partner = startPartner.make(random: random.current, at: clock.now)
        let record: PartnerRecord
        do {
            record = try await store.write { [worker, records, settings, initialClock] session in
                worker.forgetClaims()
                try PartnerTable.removeAll(session)
                Sequences.restartTickets(session)
                // What is drawn from now on is the first run's; the next start must not draw it again.
                try MetaTable.set("runs", to: 1, session)
                try records.writeReset(
                    at: SimulatedClock.now(restoredTo: initialClock), settings: settings.initial, session)
                return try PartnerTable.insertOrUpdate(partner, session)
            }
        } catch {
            records.keepAll()
            throw error
        }
        partners.replaceAll(with: record)
        tokens.forget()
        limiter.clear()
        settings.reset()
        faults.reset()
        clock.restore(initialClock)
        // Last: whatever began before belongs to the past.
        records.forgetAll()
    }
}
