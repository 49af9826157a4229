import Webhooks

/// One request as it is kept, with nothing secret in it: what the request log shows and what a recording repeats.
struct CapturedRequest: Sendable {
    /// `nil` for an operation that is not recorded, and for a request that reached none.
    let operation: RecordedOperation?
    let method: String
    let path: String
    let query: String
    /// When it began, and when it ended, by the virtual clock.
    let begin: Timestamp
    let end: Timestamp
    /// To tell whether what it is about was removed since it began.
    let stamp: CaptureBoundaries.Stamp
    var partner: Int?
    var clientID: String?
    /// The client that it says it is of, where that is not the same: one that is gone, or never was.
    var claimedClientID: String?
    var authorization = RecordedRequest.Authorization.none
    /// `nil` when a fault cut the connection instead of responding.
    var status: Int?
    var fault: String?
    /// What was sent; `nil` where there was no body, or none that is kept.
    var body: JSON?
    /// The bytes of the body as it was sent.
    var bodySize = 0
    /// Whether it was refused for a body that is not kept.
    var isBodyLost = false
    var created = RequestTrace.Created()
    /// Whether a scenario that runs inside of this simulator sent it.
    var isInner = false

    /// The client whose removal removes the request as well.
    var ownerID: String? { clientID ?? claimedClientID }

    var isRead: Bool { ["GET", "HEAD"].contains(method) }

    /// The action that a recording has of it.
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
            // The client may be one that is allowed less than that of a scenario.
            if let scopes = created.scopes, var asked = request.body?.object {
                asked["scope"] = .string(scopes.description)
                request.body = .object(asked)
            }
        }
        return RecordedAction(at: operation?.takesEffectAtEnd == true ? end : begin, .request(request))
    }
}
