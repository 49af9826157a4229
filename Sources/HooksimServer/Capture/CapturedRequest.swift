import StrictJSON
import Webhooks

/// A request without its secrets, as it is kept for the request log and for recordings.
struct CapturedRequest: Sendable {
    /// The operation; `nil` if it is not recorded, and if the request reached none.
    let operation: RecordedOperation?
    let method: String
    let path: String
    let query: String
    /// The virtual times at which the request began and ended.
    let begin: Timestamp
    let end: Timestamp
    /// The stamp that shows whether the data that the request concerns has been removed since it began.
    let stamp: CaptureBoundaries.Stamp
    var partner: Int?
    var clientID: String?
    /// The client id that the request states, if it is not that of an existing client.
    var claimedClientID: String?
    var authorization = RecordedRequest.Authorization.none
    /// The status of the response; `nil` if a fault closed the connection instead.
    var status: Int?
    var fault: String?
    /// The body without its secrets; `nil` if there was none, or none that is kept.
    var body: JSON?
    /// The size of the body in bytes, as it was sent.
    var bodySize = 0
    /// Whether the request was rejected because of a body that is not kept.
    var isBodyLost = false
    var created = RequestTrace.Created()
    /// Whether a scenario within this simulator sent the request.
    var isInner = false

    /// The client whose removal also removes the request.
    var ownerID: String? { clientID ?? claimedClientID }

    var isRead: Bool { ["GET", "HEAD"].contains(method) }

    /// The action that represents the request in a recording.
    var action: RecordedAction {
        var request = RecordedRequest(operation, method: method, path: path)
        request.query = query
        if !isRead { request.body = body }
        request.isBodyLost = isBodyLost
        request.authorization = authorization
        request.clientID = clientID
        request.status = status
        request.fault = fault
        if request.isSuccess {
            request.created = created.ids.map(\.description) + created.ruleIDs
            request.entityID = created.entityID
            request.issuedToken = created.token
            // The client of a scenario may be allowed more scopes than this client, so the issued scopes are recorded.
            if let scopes = created.scopes, var asked = request.body?.object {
                asked["scope"] = .string(scopes.description)
                request.body = .object(asked)
            }
        }
        return RecordedAction(at: operation?.takesEffectAtEnd == true ? end : begin, .request(request))
    }
}
