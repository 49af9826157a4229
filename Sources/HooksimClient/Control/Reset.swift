import StrictJSON
import Webhooks

extension ControlClient {
    /// Removes all events, subscriptions, attempts, requests, tokens and created partners, and restores the settings,
    /// the fault rules and the clock that the simulator was started with.
    ///
    /// - Parameter clientID: The client whose data alone is removed; without it, all data is.
    /// - Returns: A message about what was removed, for people.
    /// - Throws: ``HooksimError``; a refusal if there is no client with that id.
    @discardableResult
    public func reset(clientID: String? = nil) async throws -> String {
        let body: JSON = clientID.map { ["client_id": .string($0)] } ?? [:]
        let request = APIRequest(.post, "/__admin/reset", body: body)
        return try RequestSender.read(try await send(request), of: request) { try $0.string("message") }
    }
}
