/// A script that proves a client or a receiver right (docs/scenarios.md, Members of a scenario).
package struct Scenario: Sendable {
    package var name: String?
    package var seed: UInt64 = 1
    /// Where the clock stands still at first.
    package var clock = Timestamp(milliseconds: 1_767_603_600_000)  // 2026-01-05T09:00:00Z
    package var profile = Profile.sandbox
    package var settings = JSONObject()
    package var receivers: [ScenarioReceiver] = []
    package var steps: [ScenarioStep] = []

    package init() {}

    /// How many steps it may have when its repeats are multiplied out: some minutes' worth.
    package static let maxSteps = 100_000
}

/// Who gets the deliveries.
package struct ScenarioReceiver: Sendable {
    package enum Kind: Sendable {
        /// Started on loopback.
        case scripted(ReceiverScript)
        /// The reader's own program, which runs already.
        case url(String)
        /// The reader's own program, started for the scenario with its port in `PORT`.
        case command(String, path: String)
    }

    package let name: String
    package let kind: Kind
}

/// One step, with where it stands in the file.
package struct ScenarioStep: Sendable {
    package let position: ScenarioNode.Position
    package let action: ScenarioAction

    package init(position: ScenarioNode.Position, action: ScenarioAction) {
        self.position = position
        self.action = action
    }

    /// How many steps there are when repeats are multiplied out; `Int.max` when there are more than can be counted.
    package static func count(_ steps: [ScenarioStep]) -> Int {
        steps.reduce(0) { sum, step in
            let count: Int
            switch step.action {
            case .repeated(let times, let inner):
                let (product, isTooLarge) = times.multipliedReportingOverflow(by: max(1, Self.count(inner)))
                count = isTooLarge ? .max : product
            case .parallel(let inner): count = Self.count(inner)
            default: count = 1
            }
            let (total, isTooLarge) = sum.addingReportingOverflow(count)
            return isTooLarge ? .max : total
        }
    }
}

package indirect enum ScenarioAction: Sendable {
    case subscribe(topics: [String], receiver: String, path: String, secretKey: String?, save: String?)
    case unsubscribe(topic: String?, receiver: String?, id: String?)
    /// The body of `POST /__admin/events`.
    case trigger(JSONObject, save: String?)
    /// The body of `POST /__admin/clock/advance`.
    case advance(JSONObject)
    /// Real time.
    case waitReal(TimeSpan)
    /// The body of `POST /__admin/expect`.
    case expect(JSONObject)
    case request(RequestStep)
    /// The body of `POST /__admin/faults`.
    case fault(JSON)
    case clearFaults
    case retry
    case settings(JSONObject)
    case restart(isKill: Bool)
    case repeated(times: Int, [ScenarioStep])
    case parallel([ScenarioStep])
}

/// A request to the API, and what its response must be.
package struct RequestStep: Sendable {
    package var method = "GET"
    package var path = ""
    package var headers: [String: String] = [:]
    package var body: JSON?
    /// `false` sends no token.
    package var isAuthorized = true
    package var status: Int?
    package var expectedHeaders: [String: String] = [:]
    /// What the response must contain: objects may have more members, arrays not more elements.
    package var json: JSON?
    /// Values of the response by their path, to be used in later steps as `${name}`.
    package var save: [(name: String, path: String)] = []
}

extension JSON {
    /// Where `expected` is not contained in this value, and how they differ; `nil` when it is contained.
    package func mismatch(with expected: JSON, path: String = "") -> String? {
        let place = path.isEmpty ? "the response" : path
        switch (self, expected) {
        case (.object(let found), .object(let wanted)):
            for member in wanted.members {
                let memberPath = path.isEmpty ? member.name : "\(path).\(member.name)"
                guard let value = found[member.name] else {
                    return "\(memberPath) is missing, expected \(member.value)"
                }
                if let mismatch = value.mismatch(with: member.value, path: memberPath) { return mismatch }
            }
            return nil
        case (.array(let found), .array(let wanted)):
            guard found.count == wanted.count else {
                return "\(place) has \(found.count) elements, expected \(wanted.count)"
            }
            for (index, pair) in zip(found, wanted).enumerated() {
                if let mismatch = pair.0.mismatch(with: pair.1, path: "\(path)[\(index)]") { return mismatch }
            }
            return nil
        case (.number, .number) where double == expected.double: return nil
        default: return self == expected ? nil : "\(place) is \(self), expected \(expected)"
        }
    }

    /// The value at a path of names and positions, such as `data.0.id`.
    package func value(at path: String) -> JSON? {
        path.split(separator: ".").reduce(self as JSON?) { value, name in
            if let array = value?.array { return Int(name).flatMap { array.indices.contains($0) ? array[$0] : nil } }
            return value?[String(name)]
        }
    }
}
