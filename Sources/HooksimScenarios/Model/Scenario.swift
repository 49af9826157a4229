package import StrictJSON
package import Webhooks

/// A script that tests a client or a receiver (docs/scenarios.md, Members of a scenario).
package struct Scenario: Sendable {
    /// The name of the scenario, for reports.
    package var name: String?
    /// The seed of the scenario's simulator.
    package var seed: UInt64 = 1
    /// The instant of the frozen clock at the beginning.
    package var clock = Timestamp(milliseconds: 1_767_603_600_000)  // 2026-01-05T09:00:00Z
    /// The profile of the scenario's simulator.
    package var profile = Profile.sandbox
    /// The settings at the beginning.
    package var settings = JSONObject()
    /// The receivers of the deliveries.
    package var receivers: [ScenarioReceiver] = []
    /// The steps.
    package var steps: [ScenarioStep] = []

    /// Creates a scenario without receivers and steps.
    package init() {}

    /// The maximum number of steps, with each repetition counted: they run for some minutes.
    package static let maxSteps = 100_000
}

/// A receiver of deliveries.
package struct ScenarioReceiver: Sendable {
    /// The kind of a receiver.
    package enum Kind: Sendable {
        /// A receiver that the scenario starts on a loopback address.
        case scripted(ReceiverScript)
        /// A program of the user that runs already, by its URL.
        case url(String)
        /// A program of the user that the scenario starts, with its port in the environment variable `PORT`.
        case command(String, path: String)
    }

    /// The name of the receiver in the scenario.
    package let name: String
    /// The kind of the receiver.
    package let kind: Kind
}

/// One step, with its position in the file.
package struct ScenarioStep: Sendable {
    /// The position of the step.
    package let position: ScenarioNode.Position
    /// The action of the step.
    package let action: ScenarioAction

    /// Creates a step.
    package init(position: ScenarioNode.Position, action: ScenarioAction) {
        self.position = position
        self.action = action
    }

    /// Returns the number of steps, with each repetition counted; `Int.max` if the number overflows.
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

/// The action of a step.
package indirect enum ScenarioAction: Sendable {
    case subscribe(topics: [String], receiver: String, path: String, secretKey: String?, save: String?)
    case unsubscribe(topic: String?, receiver: String?, id: String?)
    /// The body of `POST /__admin/events`.
    case trigger(JSONObject, save: String?)
    /// The body of `POST /__admin/clock/advance`.
    case advance(JSONObject)
    /// Waits in real time.
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

/// A request to the API, and the expected response.
package struct RequestStep: Sendable {
    /// The method.
    package var method = "GET"
    /// The path with its query.
    package var path = ""
    /// The headers of the request.
    package var headers: [String: String] = [:]
    /// The body of the request; `nil` for none.
    package var body: JSON?
    /// Whether the request has a token.
    package var isAuthorized = true
    /// The expected status; `nil` for any.
    package var status: Int?
    /// The expected headers.
    package var expectedHeaders: [String: String] = [:]
    /// The expected body: objects in the response may have more members, arrays must not have more elements.
    package var json: JSON?
    /// The paths of values in the response that are saved under a name, so that later steps can use them as `${name}`.
    package var save: [(name: String, path: String)] = []
}

extension JSON {
    /// Returns the first difference if this value does not contain `expected`, or `nil` if it does.
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

    /// Returns the value at a path of names and positions, such as `data.0.id`.
    package func value(at path: String) -> JSON? {
        path.split(separator: ".").reduce(self as JSON?) { value, name in
            if let array = value?.array { return Int(name).flatMap { array.indices.contains($0) ? array[$0] : nil } }
            return value?[String(name)]
        }
    }
}
