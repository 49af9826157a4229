import StrictJSON
public import Webhooks

/// A request of the simulated API that the simulator has received.
public struct LoggedRequest: Sendable {
    /// The number of the request in the request log, which rises with each request.
    public let sequence: Int
    /// The method, for example `POST`.
    public let method: String
    /// The path without its query.
    public let path: String
    /// The query without its question mark; empty if there was none.
    public let query: String
    /// The status of the response; `nil` if a fault ended the connection instead.
    public let status: Int?
    /// The id of the client that sent the request; `nil` if it was not authenticated.
    public let clientID: String?
    /// The effect of the fault rule that was applied to the request, if there was one.
    public let fault: String?
    /// The virtual time at which the request was received.
    public let at: Timestamp
    /// The row as it was received.
    public let json: JSON
}

extension LoggedRequest: ResponseValue {
    init(_ fields: ResponseFields) throws {
        sequence = try fields.integer("seq")
        method = try fields.string("method")
        path = try fields.string("path")
        query = try fields.string("query")
        status = try fields.optionalInteger("status")
        clientID = try fields.optionalString("client")
        fault = try fields.optionalString("fault")
        at = try fields.timestamp("at")
        json = fields.json
    }
}

extension ControlClient {
    /// Returns requests of the simulated API from the request log, oldest first. Each given parameter selects the
    /// requests whose field has its value.
    ///
    /// - Parameters:
    ///   - method: The method, for example `POST`.
    ///   - path: The path without its query.
    ///   - status: The status of the response.
    ///   - clientID: The client that sent the request.
    ///   - afterSequence: Only requests whose ``LoggedRequest/sequence`` is larger.
    ///   - limit: The maximum number of requests, 1 to 100,000.
    /// - Throws: ``HooksimError``.
    public func requests(
        method: String? = nil, path: String? = nil, status: Int? = nil, clientID: String? = nil,
        afterSequence: Int? = nil, limit: Int? = nil
    ) async throws -> [LoggedRequest] {
        var request = APIRequest(.get, "/__admin/requests")
        request.query = [
            ("method", method), ("path", path), ("status", status.map(String.init)), ("client_id", clientID),
            ("after_seq", afterSequence.map(String.init)), ("limit", limit.map(String.init)),
        ]
        return try await rows(request)
    }
}
