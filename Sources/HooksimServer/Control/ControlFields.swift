import Webhooks

/// Reads the members of a control call's body, each with its type; what is wrong is collected, unknown names among it.
struct ControlFields {
    private let object: JSONObject
    private var known: Set<String> = []
    var failure = ValidationFailure()

    init(_ object: JSONObject) { self.object = object }

    mutating func string(_ name: String, isRequired: Bool = false) -> String? {
        take(name, isRequired: isRequired) { value in
            value.string.map(Result.success) ?? .failure("must be a string, not \(value.kind)")
        }
    }

    mutating func object(_ name: String) -> JSONObject? {
        take(name, isRequired: false) { value in
            value.object.map(Result.success) ?? .failure("must be an object, not \(value.kind)")
        }
    }

    mutating func array(_ name: String) -> [JSON]? {
        take(name, isRequired: false) { value in
            value.array.map(Result.success) ?? .failure("must be an array, not \(value.kind)")
        }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        take(name, isRequired: false) { value in
            guard let number = value.integer, range.contains(number) else {
                return .failure("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return .success(number)
        }
    }

    /// - Throws: the ``ValidationFailure`` of all that was wrong.
    mutating func check() throws {
        for member in object.members where !known.contains(member.name) {
            failure.add(
                member.name, "is not a field of this call; it takes \(known.sorted().joined(separator: ", "))",
                .unacceptable)
        }
        try failure.check()
    }

    private mutating func take<Value>(
        _ name: String, isRequired: Bool, _ read: (JSON) -> Result<Value, Problem>
    ) -> Value? {
        known.insert(name)
        guard let value = object[name] else {
            if isRequired { failure.add(name, "is required", .unacceptable) }
            return nil
        }
        switch read(value) {
        case .success(let value): return value
        case .failure(let problem):
            failure.add(name, problem.text, .unacceptable)
            return nil
        }
    }

    struct Problem: Error, ExpressibleByStringInterpolation {
        let text: String
        init(stringLiteral text: String) { self.text = text }
    }
}
