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
    package let action: any ScenarioAction

    /// Creates a step.
    package init(position: ScenarioNode.Position, action: any ScenarioAction) {
        self.position = position
        self.action = action
    }

    /// Returns the number of steps, with each repetition counted; `Int.max` if the number overflows.
    package static func count(_ steps: [ScenarioStep]) -> Int {
        steps.reduce(0) { sum, step in
            let (total, isTooLarge) = sum.addingReportingOverflow(step.action.count)
            return isTooLarge ? .max : total
        }
    }
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
