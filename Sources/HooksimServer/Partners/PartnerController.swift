import Hummingbird
import Webhooks

/// `/__admin/partners`: an isolated partner for each test that wants one.
struct PartnerController: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let tokens: TokenStore
    let limiter: RateLimiter
    let records: RequestRecords
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let startPartner: StartPartner

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/partners", "createPartner") { try await create($0, $1) }
        routes.add(.get, "/__admin/partners", "listPartners") { _, _ in
            .json(.ok, ["data": .array(partners.all.map { .object(Self.json($0.partner)) })])
        }
        routes.add(.delete, "/__admin/partners/{partner_id}", "deletePartner") { try await delete($0, $1) }
    }

    private func create(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject(isRequired: false))
        let clientID = fields.string("client_id")
        let clientSecret = fields.string("client_secret")
        let scopes = scopes(&fields)
        Self.check(clientID, "client_id", &fields.failure)
        Self.check(clientSecret, "client_secret", &fields.failure)
        try fields.check()

        let source = random.current
        let id = source.identifier()
        let secret = clientSecret ?? source.token()
        let partner = Partner(
            id: id, clientID: clientID ?? "client-\(id)", secretDigest: Partner.digest(ofSecret: secret),
            scopes: scopes,
            createdAt: clock.now)
        try await partners.add(partner)
        return .json(
            .created,
            [
                "partner_id": .string(id.description), "client_id": .string(partner.clientID),
                "client_secret": .string(secret),
                "scopes": .array(scopes.names.map { .string($0) }),
            ])
    }

    private func scopes(_ fields: inout ControlFields) -> Scope {
        guard let names = fields.array("scopes") else { return .all }
        guard let scopes = Scope(names: names.map { $0.string ?? "" }), !scopes.isEmpty else {
            fields.failure.add(
                "scopes", .unexpected(expected: "an array of webhooks:read and webhooks:write, at least one of them"),
                .unacceptable)
            return .all
        }
        return scopes
    }

    /// What HTTP Basic can carry: visible ASCII, and no colon in the id.
    private static func check(_ text: String?, _ name: String, _ failure: inout ValidationFailure) {
        guard let text else { return }
        if !(1...512).contains(text.utf8.count) || !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            failure.add(name, .unexpected(expected: "1 to 512 visible ASCII characters"), .unacceptable)
        } else if name == "client_id", text.contains(":") {
            failure.add(name, .forbidden("contain a colon, which ends it in HTTP Basic"), .unacceptable)
        }
    }

    private func delete(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try context.identifier("partner_id")
        guard let record = partners.all.first(where: { $0.partner.id == id }) else {
            throw APIError.notFound("there is no partner \(id); GET /__admin/partners lists them")
        }
        guard record.partner.clientID != startPartner.clientID else {
            throw APIError.conflict("the partner given at start can't be removed; POST /__admin/reset empties it")
        }
        do {
            try await store.write { [records] session in
                records.writeRemoval(session)
                try PartnerTable.remove(row: record.row, session)
            }
        } catch {
            records.keepAll()
            throw error
        }
        partners.remove(record)
        tokens.forget(clientID: record.partner.clientID)
        limiter.clear(client: record.row)
        // Last: whoever was let in before belongs to the past.
        records.forget(record)
        return .json(.ok, .object(Self.json(record.partner)))
    }

    private static func json(_ partner: Partner) -> JSONObject {
        JSONObject([
            ("partner_id", .string(partner.id.description)), ("client_id", .string(partner.clientID)),
            ("scopes", .array(partner.scopes.names.map { .string($0) })),
            ("created_at", .string(partner.createdAt.description)),
        ])
    }
}

extension PartnerRegistry {
    /// - Throws: an ``APIError`` of 404.
    func find(clientID: String) throws -> PartnerRecord {
        guard let record = self[clientID: clientID] else {
            throw APIError.notFound("there is no partner with that client_id; GET /__admin/partners lists them")
        }
        return record
    }
}
