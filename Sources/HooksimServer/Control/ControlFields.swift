import StrictJSON
import Webhooks

/// Reads the members of a control request's body, each with its type, and collects all problems, including unknown
/// members.
struct ControlFields {
    private let object: JSONObject
    private var known: Set<String> = []
    var failure = ValidationFailure()

    init(_ object: JSONObject) { self.object = object }

    mutating func string(_ name: String, isRequired: Bool = false) -> String? {
        take(name, isRequired: isRequired) { value in
            value.string.map(Result.success) ?? .failure(.unexpected(expected: "a string", found: value.kind))
        }
    }

    mutating func object(_ name: String) -> JSONObject? {
        take(name, isRequired: false) { value in
            value.object.map(Result.success) ?? .failure(.unexpected(expected: "an object", found: value.kind))
        }
    }

    mutating func array(_ name: String) -> [JSON]? {
        take(name, isRequired: false) { value in
            value.array.map(Result.success) ?? .failure(.unexpected(expected: "an array", found: value.kind))
        }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>, isRequired: Bool = false) -> Int? {
        take(name, isRequired: isRequired) { value in
            guard let number = value.integer, range.contains(number) else {
                return .failure(.unexpected(outside: range))
            }
            return .success(number)
        }
    }

    /// Checks that the body has no problem and no unknown member.
    ///
    /// - Throws: the ``ValidationFailure`` of all problems.
    mutating func check() throws {
        for member in object.members where !known.contains(member.name) {
            failure.add(
                member.name,
                .invalid("is not a field of this request; it takes \(known.sorted().joined(separator: ", "))"),
                .unacceptable)
        }
        try failure.check()
    }

    private mutating func take<Value>(
        _ name: String, isRequired: Bool, _ read: (JSON) -> Result<Value, Problem>
    ) -> Value? {
        known.insert(name)
        guard let value = object[name] else {
            if isRequired { failure.add(name, .missing(), .unacceptable) }
            return nil
        }
        switch read(value) {
        case .success(let value): return value
        case .failure(let problem):
            failure.add(name, problem, .unacceptable)
            return nil
        }
    }
}
