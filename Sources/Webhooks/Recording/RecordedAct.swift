/// Something that was done to a simulator, as it is kept until somebody asks for the recording.
package struct RecordedAct: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The simulator started. What ended the run before it is `nil` for the first one.
        case start(seed: UInt64, settings: JSONObject, after: Ending?)
        case stop
        case call(RecordedCall)
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

    /// Whose doing it was; `nil` concerns everybody.
    package var clientID: String? { if case .call(let call) = kind { call.clientID } else { nil } }
}

/// One call of the simulated API, or of the control API where it changes something. It has no secret in it.
package struct RecordedCall: Sendable, Equatable {
    package enum Authorization: Sendable, Equatable {
        case none
        /// Named by a part of its digest, so that the call can be matched to the one that issued it.
        case token(String)
    }

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
    /// The ids of what the call made, and the token that it issued.
    package var made: [String] = []
    /// What the one event that it made is about.
    package var entityID: String?
    /// How often the same was done in a row.
    package var times = 1

    package init(method: String, path: String) {
        self.method = method
        self.path = path
    }

    package var isControl: Bool { path.hasPrefix("/__admin/") }
    package var isSuccess: Bool { status.map { (200...299).contains($0) } ?? false }
    /// Whether it leaves everything as it was.
    package var isRead: Bool { ["GET", "HEAD"].contains(method) }
}

// MARK: The form in which it is stored

extension RecordedAct {
    package var json: JSON {
        var object = JSONObject()
        switch kind {
        case .start(let seed, let settings, let ending):
            object["start"] = .string(String(seed))
            object["settings"] = .object(settings)
            if let ending { object["after"] = .string(ending.rawValue) }
        case .stop: object["stop"] = true
        case .call(let call):
            object["method"] = .string(call.method)
            object["path"] = .string(call.path)
            if !call.query.isEmpty { object["query"] = .string(call.query) }
            if let body = call.body { object["body"] = body }
            if call.isBodyLost { object["lost"] = true }
            if case .token(let name) = call.authorization { object["token"] = .string(name) }
            if let clientID = call.clientID { object["client"] = .string(clientID) }
            if let status = call.status { object["status"] = .number(status) }
            if let fault = call.fault { object["fault"] = .string(fault) }
            if !call.made.isEmpty { object["made"] = .array(call.made.map(JSON.string)) }
            if let entityID = call.entityID { object["entity"] = .string(entityID) }
            if call.times > 1 { object["times"] = .number(call.times) }
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
        } else if let method = json["method"]?.string, let path = json["path"]?.string {
            var call = RecordedCall(method: method, path: path)
            call.query = json["query"]?.string ?? ""
            call.body = json["body"]
            call.isBodyLost = json["lost"] == true
            call.authorization = json["token"]?.string.map { .token($0) } ?? .none
            call.clientID = json["client"]?.string
            call.status = json["status"]?.integer
            call.fault = json["fault"]?.string
            call.made = json["made"]?.array?.compactMap(\.string) ?? []
            call.entityID = json["entity"]?.string
            call.times = json["times"]?.integer ?? 1
            self.init(at: at, .call(call))
        } else {
            return nil
        }
    }
}
