import Webhooks

/// A recording of a simulator, as a scenario that repeats its requests.
public struct Recording: Sendable {
    /// The client whose requests are recorded.
    public let clientID: String
    /// Whether there were more requests than the simulator stores, so that this is only the beginning.
    public let isCut: Bool
    /// The text of a scenario file, in YAML.
    public let scenario: String
}

extension Recording: ResponseValue {
    init(_ fields: ResponseFields) throws {
        clientID = try fields.string("client_id")
        isCut = try fields.bool("is_cut")
        scenario = try fields.string("scenario")
    }
}

extension ControlClient {
    /// Returns a recording of the requests since the simulator's first start or its last reset.
    ///
    /// Secrets are replaced by placeholders.
    ///
    /// - Parameter clientID: The client whose requests to return; without it, the only active one, or else the default
    ///   client.
    /// - Throws: ``HooksimError``; a refusal if there is no client with that id.
    public func recording(clientID: String? = nil) async throws -> Recording {
        var request = APIRequest(.get, "/__admin/recording")
        request.query = [("client_id", clientID)]
        request.timeout = .seconds(3600)
        return try await value(request)
    }
}
