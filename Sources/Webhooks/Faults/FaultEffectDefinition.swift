import StrictJSON

/// The definition of an effect of fault rules: its name in JSON, its values, and the fault that it leads to.
///
/// The parser, its messages and the schemas are derived from these definitions.
package struct FaultEffectDefinition<Fault: Sendable>: Sendable {
    /// The name of the effect in JSON.
    package let name: String
    /// A sentence that describes the effect.
    package let help: String
    /// The shape of its values.
    package let shape: FaultEffectShape
    /// Whether the effect can be applied to requests of the token endpoint.
    package var isOfTokens = true
    /// The part of a delivery with this effect that reaches the receiver.
    package var reach = DeliveryReach.whole
    /// The names of further members that the rule's effect may have beside this one.
    var companions: [String] = []
    /// Returns the fault of a value, or `nil` after it has added the problems of the value to the parser.
    ///
    /// - Parameters:
    ///   - parser: the parser of the rule.
    ///   - value: the value.
    ///   - field: the path of the value.
    ///   - effect: the object that has the value as a member.
    let parse:
        @Sendable (_ parser: inout FaultRuleParser, _ value: JSON, _ field: String, _ effect: JSONObject) -> Fault?
}

/// The shape of the values of an effect.
package indirect enum FaultEffectShape: Sendable, Equatable {
    /// The value is always `true`.
    case flag
    /// The value is a whole number in the range.
    case integer(ClosedRange<Int>)
    /// The value is one of the words.
    case choice([String])
    /// The value is a delay, which is a duration or a distribution, or it is a duration.
    case delay, duration
    /// The value is an object with these members.
    ///
    /// - Parameter name: the name of its schema in the OpenAPI document.
    case object(name: String, help: String, [Member])

    /// A member of an object.
    package struct Member: Sendable, Equatable {
        /// The name of the member.
        package let name: String
        /// The shape of its values.
        package let shape: FaultEffectShape
        /// A sentence that describes the member.
        package let help: String
        /// Whether the object must have the member.
        package var isRequired = true
    }
}

extension FaultEffectDefinition {
    /// Returns the definition of an effect whose only value is `true`.
    static func flag(
        _ name: String, _ fault: Fault, isOfTokens: Bool = true, reach: DeliveryReach = .whole, help: String
    ) -> Self {
        Self(name: name, help: help, shape: .flag, isOfTokens: isOfTokens, reach: reach) { parser, value, field, _ in
            parser.flag(value, field, fault)
        }
    }

    /// Returns the definition of an effect whose values are whole numbers.
    static func integer(
        _ name: String, in range: ClosedRange<Int>, reach: DeliveryReach = .whole, help: String,
        _ fault: @escaping @Sendable (Int) -> Fault
    ) -> Self {
        Self(name: name, help: help, shape: .integer(range), reach: reach) { parser, value, field, _ in
            parser.integer(value, field, in: range).map(fault)
        }
    }

    /// Returns the definition of an effect whose values are words.
    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, reach: DeliveryReach = .whole, help: String, _ fault: @escaping @Sendable (Choice) -> Fault
    ) -> Self {
        Self(name: name, help: help, shape: .choice(Choice.allCases.map(\.rawValue)), reach: reach) {
            parser, value, field, _ in
            parser.choice(value, field, Choice.self).map(fault)
        }
    }

    /// Returns the definition of an effect whose values are a duration or a distribution, from which one is drawn for
    /// each hit.
    static func delay(_ fault: @escaping @Sendable (DelayDistribution) -> Fault) -> Self {
        Self(name: "delay", help: "The request or the delivery is held back.", shape: .delay) {
            parser, value, field, _ in
            parser.delay(value, field).map(fault)
        }
    }
}
