package import StrictJSON

/// An action on a simulator, as it is stored for recordings.
package struct RecordedAction: Sendable, Equatable {
    /// The kind of an action.
    package enum Kind: Sendable, Equatable {
        /// The simulator started. The ending of the previous run is `nil` for the first one.
        case start(seed: UInt64, settings: JSONObject, after: Ending?)
        /// The simulator stopped.
        case stop
        /// The simulator handled a request.
        case request(RecordedRequest)
    }

    /// The way in which a run of the simulator ended.
    package enum Ending: String, Sendable {
        case graceful, kill
    }

    /// The virtual time at which the action took effect.
    package let at: Timestamp
    /// The kind of the action.
    package var kind: Kind

    /// Creates an action.
    package init(at: Timestamp, _ kind: Kind) {
        self.at = at
        self.kind = kind
    }

    /// The client of the action; `nil` if the action concerns every client.
    package var clientID: String? { if case .request(let request) = kind { request.clientID } else { nil } }
}

/// A request to the simulated API, or a request to the control API that changed something. It contains no secret.
package struct RecordedRequest: Sendable, Equatable {
    /// The authorization of a request.
    package enum Authorization: Sendable, Equatable {
        case none
        /// A token, by its number in this run of the simulator; `nil` for one that the run did not issue.
        case token(Int?)
    }

    /// The operation of the request; `nil` if there is none of its method and path.
    package let operation: RecordedOperation?
    /// The method.
    package var method: String
    /// The path, without the query.
    package var path: String
    /// The query, without its question mark.
    package var query = ""
    /// The body as it was sent, without its secrets; `nil` if there was none, or none that a scenario can send.
    package var body: JSON?
    /// Whether the request was refused for a body that is not stored, because it was neither JSON nor a form.
    package var isBodyLost = false
    /// The authorization of the request.
    package var authorization = Authorization.none
    /// The client that sent the request, or whose data the request concerns.
    package var clientID: String?
    /// The status of the response; `nil` if a fault ended the connection instead.
    package var status: Int?
    /// The effect of the fault rule that was applied to the request.
    package var fault: String?
    /// The ids of the objects that the request created.
    package var created: [String] = []
    /// The number of the token that the request issued, in this run of the simulator.
    package var issuedToken: Int?
    /// The id of the object of the one event that the request created.
    package var entityID: String?
    /// The number of equal requests in a row that this one stands for.
    package var times = 1

    /// Creates a request.
    package init(_ operation: RecordedOperation?, method: String, path: String) {
        self.operation = operation
        self.method = method
        self.path = path
    }

    /// Whether the status of the response is 2xx.
    package var isSuccess: Bool { status.map { (200...299).contains($0) } ?? false }
    /// Whether the request is safe, so that it changes nothing.
    package var isRead: Bool { ["GET", "HEAD"].contains(method) }

    /// The id of the operation's object in the path; `nil` if the path has none.
    package var object: String? {
        guard operation?.namesItsObject == true else { return nil }
        return path.split(separator: "/").last.map(String.init)
    }
}

// MARK: The stored form

extension RecordedAction {
    /// The action in the form in which it is stored.
    package var json: JSON {
        var object = JSONObject()
        switch kind {
        case .start(let seed, let settings, let ending):
            object["start"] = .string(String(seed))
            object["settings"] = .object(settings)
            if let ending { object["after"] = .string(ending.rawValue) }
        case .stop: object["stop"] = true
        case .request(let request): object = request.json
        }
        return .object(object)
    }

    /// Creates an action from its stored form; `nil` if no version of this program stores such a value.
    package init?(at: Timestamp, stored json: JSON) {
        if json["stop"] != nil {
            self.init(at: at, .stop)
        } else if let seed = json["start"]?.string.flatMap({ UInt64($0) }) {
            let ending = json["after"]?.string.flatMap(Ending.init)
            self.init(at: at, .start(seed: seed, settings: json["settings"]?.object ?? JSONObject(), after: ending))
        } else if let request = RecordedRequest(stored: json) {
            self.init(at: at, .request(request))
        } else {
            return nil
        }
    }
}

extension RecordedRequest {
    fileprivate var json: JSONObject {
        var object = JSONObject()
        if let operation { object["operation"] = .string(operation.rawValue) }
        object["method"] = .string(method)
        object["path"] = .string(path)
        if !query.isEmpty { object["query"] = .string(query) }
        if let body { object["body"] = body }
        if isBodyLost { object["lost"] = true }
        if case .token(let number) = authorization { object["token"] = number.map { .number($0) } ?? .null }
        if let clientID { object["client"] = .string(clientID) }
        if let status { object["status"] = .number(status) }
        if let fault { object["fault"] = .string(fault) }
        if !created.isEmpty { object["created"] = .array(created.map(JSON.string)) }
        if let issuedToken { object["issued"] = .number(issuedToken) }
        if let entityID { object["entity"] = .string(entityID) }
        if times > 1 { object["times"] = .number(times) }
        return object
    }

    fileprivate init?(stored json: JSON) {
        guard let method = json["method"]?.string, let path = json["path"]?.string else { return nil }
        self.init(json["operation"]?.string.flatMap(RecordedOperation.init), method: method, path: path)
        query = json["query"]?.string ?? ""
        body = json["body"]
        isBodyLost = json["lost"] == true
        authorization = json["token"].map { .token($0.integer) } ?? .none
        clientID = json["client"]?.string
        status = json["status"]?.integer
        fault = json["fault"]?.string
        created = json["created"]?.array?.compactMap(\.string) ?? []
        issuedToken = json["issued"]?.integer
        entityID = json["entity"]?.string
        times = json["times"]?.integer ?? 1
    }
}
