import StrictJSON
public import Webhooks

/// A partner of the simulated company. It owns its subscriptions and events, and can't access those of others.
public struct Partner: Sendable {
    /// The partner's id, a UUID.
    public let id: String
    /// The id of the client that acts as this partner.
    public let clientID: String
    /// The scopes that tokens of this client may have.
    public let scopes: Scope
    /// The virtual time at which the partner was created.
    public let createdAt: Timestamp
    /// The row as it was received.
    public let json: JSON
}

/// A new partner with the credentials of its client.
public struct PartnerCredentials: Sendable {
    /// The partner's id, a UUID.
    public let partnerID: String
    /// The id of the client that acts as this partner.
    public let clientID: String
    /// The client's secret; the simulator shows it only when the partner is created.
    public let clientSecret: String
    /// The scopes that tokens of this client may have.
    public let scopes: Scope
}

extension Partner: ResponseValue {
    init(_ fields: ResponseFields) throws {
        id = try fields.string("partner_id")
        clientID = try fields.string("client_id")
        scopes = try fields.scopes("scopes")
        createdAt = try fields.timestamp("created_at")
        json = fields.json
    }
}

extension PartnerCredentials: ResponseValue {
    init(_ fields: ResponseFields) throws {
        partnerID = try fields.string("partner_id")
        clientID = try fields.string("client_id")
        clientSecret = try fields.string("client_secret")
        scopes = try fields.scopes("scopes")
    }
}

extension PartnerCredentials: CustomStringConvertible {
    /// The credentials without the secret.
    public var description: String { "partner \(partnerID), client \(clientID)" }
}

extension ResponseFields {
    fileprivate func scopes(_ name: String) throws -> Scope {
        try value(name, "an array of scopes") { $0.array.flatMap { Scope(names: $0.map { $0.string ?? "" }) } }
    }
}

extension ControlClient {
    /// Creates a partner that shares no data with others, for a test that runs in parallel with others.
    ///
    /// - Parameters:
    ///   - clientID: The id of its client, visible ASCII without a colon; without it, a random one.
    ///   - clientSecret: The secret of its client, visible ASCII; without it, a random one.
    ///   - scopes: The scopes that its tokens may have; both by default.
    /// - Throws: ``HooksimError``; a refusal if a client with that id exists.
    public func createPartner(clientID: String? = nil, clientSecret: String? = nil, scopes: Scope = .all)
        async throws -> PartnerCredentials
    {
        var body = JSONObject([("scopes", .array(scopes.names.map(JSON.string)))])
        body["client_id"] = clientID.map(JSON.string)
        body["client_secret"] = clientSecret.map(JSON.string)
        return try await value(APIRequest(.post, "/__admin/partners", body: .object(body)))
    }

    /// Returns all partners.
    ///
    /// - Throws: ``HooksimError``.
    public func partners() async throws -> [Partner] { try await rows(APIRequest(.get, "/__admin/partners")) }

    /// Removes a partner with its subscriptions and its events.
    ///
    /// - Parameter id: The partner's id.
    /// - Throws: ``HooksimError``; a refusal if there is no such partner, or if it is that of the default client.
    @discardableResult
    public func removePartner(_ id: String) async throws -> Partner {
        try await value(APIRequest(.delete, "/__admin/partners/\(FormFields.encode(id))"))
    }
}
