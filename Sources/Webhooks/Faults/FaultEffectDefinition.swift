/// An effect that a fault rule can have: its name in JSON, its values, and what they lead to.
///
/// The parser, its messages and the schemas know the effects from these definitions alone.
package struct FaultEffectDefinition<Fault: Sendable>: Sendable {
    package let name: String
    /// A sentence that says what it does.
    package let help: String
    package let shape: FaultEffectShape
    /// Whether requests of the token endpoint can have it.
    package var isOfTokens = true
    /// How much a receiver gets to see of a delivery that it hits.
    package var reach = DeliveryReach.whole
    /// The members that may stand beside it in the rule's effect.
    var companions: [String] = []
    /// Reads a value, and notes what is wrong with it.
    ///
    /// - Parameters:
    ///   - field: the path of the value.
    ///   - effect: the object that has the value as a member.
    let parse:
        @Sendable (_ parser: inout FaultRuleParser, _ value: JSON, _ field: String, _ effect: JSONObject) -> Fault?
}

/// What the values of an effect look like.
package indirect enum FaultEffectShape: Sendable, Equatable {
    /// `true` and nothing else.
    case flag
    case integer(ClosedRange<Int>)
    case choice([String])
    case delay, duration
    /// - Parameter name: the name of its schema in the OpenAPI document.
    case object(name: String, help: String, [Member])

    package struct Member: Sendable, Equatable {
        package let name: String
        package let shape: FaultEffectShape
        package let help: String
        package var isRequired = true
    }
}

extension FaultEffectDefinition {
    /// An effect that has no more to it than its name.
    static func flag(
        _ name: String, _ fault: Fault, isOfTokens: Bool = true, reach: DeliveryReach = .whole, help: String
    ) -> Self {
        Self(name: name, help: help, shape: .flag, isOfTokens: isOfTokens, reach: reach) { parser, value, field, _ in
            parser.flag(value, field, fault)
        }
    }

    /// An effect with a whole number.
    static func integer(
        _ name: String, in range: ClosedRange<Int>, reach: DeliveryReach = .whole, help: String,
        _ fault: @escaping @Sendable (Int) -> Fault
    ) -> Self {
        Self(name: name, help: help, shape: .integer(range), reach: reach) { parser, value, field, _ in
            parser.integer(value, field, in: range).map(fault)
        }
    }

    /// An effect with one of a few words.
    static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, reach: DeliveryReach = .whole, help: String, _ fault: @escaping @Sendable (Choice) -> Fault
    ) -> Self {
        Self(name: name, help: help, shape: .choice(Choice.allCases.map(\.rawValue)), reach: reach) {
            parser, value, field, _ in
            parser.choice(value, field, Choice.self).map(fault)
        }
    }

    /// An effect with a duration, or with one that is drawn for each hit.
    static func delay(_ fault: @escaping @Sendable (DelayDistribution) -> Fault) -> Self {
        Self(name: "delay", help: "The request or the delivery is held back.", shape: .delay) {
            parser, value, field, _ in
            parser.delay(value, field).map(fault)
        }
    }
}
