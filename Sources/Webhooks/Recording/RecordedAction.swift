/// Something that was done to a simulator, as it is kept until a recording is asked for.
package struct RecordedAction: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The simulator started. What ended the run before it is `nil` for the first one.
        case start(seed: UInt64, settings: JSONObject, after: Ending?)
        case stop
        case request(RecordedRequest)
    }

    /// How the run before a start ended.
    package enum Ending: String, Sendable {
        case graceful, kill
    }

    /// When it took effect.
    package let at: Timestamp
    package var kind: Kind

    package init(at: Timestamp, _ kind: Kind) {
        self.at = at
        self.kind = kind
    }

    /// The client that did it; `nil` concerns every client.
    package var clientID: String? { if case .request(let request) = kind { request.clientID } else { nil } }
}

/// One request of the simulated API, or an operation of the control API that changed something. It has no secret in it.
package struct RecordedRequest: Sendable, Equatable {
    package enum Authorization: Sendable, Equatable {
        case none
        /// A token, by the number that it has in this run of the simulator; `nil` for one that was not issued by it.
        case token(Int?)
    }

    /// `nil` for a request that reached no operation.
    package let operation: RecordedOperation?
    package var method: String
    package var path: String
    package var query = ""
    /// As it was sent, without its secrets; `nil` when there was none, or none that a scenario can send.
    package var body: JSON?
    /// Whether it was refused for a body that is not kept, because it was neither JSON nor a form.
    package var isBodyLost = false
    package var authorization = Authorization.none
    package var clientID: String?
    /// `nil` when a fault cut the connection.
    package var status: Int?
    package var fault: String?
    /// The ids of what the request created.
    package var created: [String] = []
    /// The number of the token that it issued, in this run of the simulator.
    package var issuedToken: Int?
    /// The object of the one event that it created.
    package var entityID: String?
    /// How often the same was done in a row.
    package var times = 1

    package init(_ operation: RecordedOperation?, method: String, path: String) {
        self.operation = operation
        self.method = method
        self.path = path
    }

    package var isSuccess: Bool { status.map { (200...299).contains($0) } ?? false }
    /// Whether it leaves everything as it was.
    package var isRead: Bool { ["GET", "HEAD"].contains(method) }

    /// What the path says that the operation is about; `nil` where it says nothing of the kind.
    var object: String? {
        guard operation?.namesItsObject == true else { return nil }
        return path.split(separator: "/").last.map(String.init)
    }
}

// MARK: The form in which it is stored

extension RecordedAction {
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

    /// `nil` for what no version of this program has stored.
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
