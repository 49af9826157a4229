import Hummingbird
import StrictJSON
import Webhooks

/// `/__admin/partners`: creates, lists and removes partners, so that each test can have one that is isolated from the
/// others.
struct PartnerController: Sendable {
    let partners: PartnerRegistry
    let create: CreatePartner
    let remove: RemovePartner

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/partners", "createPartner", body: .optionalJSON, mayConflict: true) {
            try await create($0, $1)
        }
        routes.add(.get, "/__admin/partners", "listPartners") { _, _ in
            .json(.ok, ["data": .array(partners.all.map { .object(Self.json($0.partner)) })])
        }
        routes.add(.delete, "/__admin/partners/{partner_id}", "deletePartner", mayConflict: true) {
            try await delete($0, $1)
        }
    }

    private func create(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject(isRequired: false))
        let clientID = fields.string("client_id")
        let clientSecret = fields.string("client_secret")
        let scopes = scopes(&fields)
        Self.check(clientID, "client_id", &fields.failure)
        Self.check(clientSecret, "client_secret", &fields.failure)
        try fields.check()

        let created = try await create.run(clientID: clientID, clientSecret: clientSecret, scopes: scopes)
        return .json(
            .created,
            [
                "partner_id": .string(created.partner.id.description),
                "client_id": .string(created.partner.clientID), "client_secret": .string(created.clientSecret),
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

    /// Checks that HTTP Basic can carry a text: it must be visible ASCII, and the client id must not contain a colon.
    private static func check(_ text: String?, _ name: String, _ failure: inout ValidationFailure) {
        guard let text else { return }
        if !(1...512).contains(text.utf8.count) || !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            failure.add(name, .unexpected(expected: "1 to 512 visible ASCII characters"), .unacceptable)
        } else if name == "client_id", text.contains(":") {
            failure.add(name, .forbidden("contain a colon, which ends it in HTTP Basic"), .unacceptable)
        }
    }

    private func delete(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let removed = try await remove.run(id: try context.identifier("partner_id"))
        return .json(.ok, .object(Self.json(removed)))
    }

    private static func json(_ partner: Partner) -> JSONObject {
        JSONObject([
            ("partner_id", .string(partner.id.description)), ("client_id", .string(partner.clientID)),
            ("scopes", .array(partner.scopes.names.map { .string($0) })),
            ("created_at", .string(partner.createdAt.description)),
        ])
    }
}
