import StrictJSON
import Webhooks

/// The health of a simulator.
public struct Health: Sendable {
    /// The version of the simulator, for example `0.1.0`.
    public let version: String
    /// The response as it was received.
    public let json: JSON
}

extension Health: ResponseValue {
    init(_ fields: ResponseFields) throws {
        _ = try fields.value("status", "ok") { $0 == "ok" ? true : nil }
        version = try fields.string("version")
        json = fields.json
    }
}

extension ControlClient {
    /// Returns the simulator's version, if one runs at the client's address.
    ///
    /// - Throws: ``HooksimError``.
    public func health() async throws -> Health { try await value(APIRequest(.get, "/__admin/health")) }
}
