/// The problem of one value: a kind with its data, which each interface puts into its own words.
///
/// The description is that of the two HTTP APIs. It completes a sentence that begins with the field's name, as in
/// "`limit` must be …". The message of a scenario file begins with the value in the file (``ScenarioParser``).
package indirect enum Problem: Error, Sendable, Equatable {
    /// There is no value, though one is required.
    case missing(expected: String? = nil)
    /// The value is not one of the expected ones; `found` is its kind if that is the problem.
    case unexpected(expected: String, found: String? = nil)
    /// The object does not have the members that are expected together.
    case unexpectedMembers(expected: String)
    /// The object can't have a member of this name.
    case unknownMember(suggestion: String?, known: [String])
    /// The name of the member is not valid.
    case invalidName(String)
    /// The value is refused for a reason; `expected` describes a valid one.
    case invalid(String, expected: String? = nil)
    /// The value is forbidden; the text completes "must not …".
    case forbidden(String)
    /// An element of the array is wrong.
    case element(Int, Problem)
    /// The problem has a message of the real API, which is sent verbatim and without the field's name.
    case verbatim(String)
}

extension Problem {
    /// Creates the problem that an error contains.
    package init(_ error: any Error) {
        self =
            switch error {
            case let problem as Problem: problem
            case let error as any ProblemConvertible: error.problem
            default: .invalid("\(error)")
            }
    }

    /// Returns the problem of a number outside of its range.
    package static func unexpected(outside range: ClosedRange<Int>, orNull: Bool = false) -> Self {
        let upper = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
        return .unexpected(expected: "a whole number from \(range.lowerBound)\(upper)\(orNull ? ", or null" : "")")
    }

    /// Returns the problem of an unknown word.
    ///
    /// - Parameters:
    ///   - word: the word.
    ///   - known: the valid words.
    ///   - reason: the beginning of the message if one of them was probably meant.
    package static func unknownWord(_ word: String, known: [String], reason: String = "is not known") -> Self {
        guard let meant = Suggestion.nearest(to: word, among: known) else {
            return .unexpected(expected: known.alternatives)
        }
        return .invalid("\(reason); did you mean \(meant)?")
    }
}

extension Problem: CustomStringConvertible {
    /// The problem as the rest of a sentence that begins with the field's name.
    package var description: String {
        switch self {
        case .missing(let expected): expected.map { "is required: \($0)" } ?? "is required"
        case .unexpected(let expected, let found): "must be \(expected)" + (found.map { ", not \($0)" } ?? "")
        case .unexpectedMembers(let expected): "must have \(expected)"
        case .unknownMember(let suggestion, let known):
            "is not known here; "
                + (suggestion.map { "did you mean \($0)?" } ?? "there are \(known.joined(separator: ", "))")
        case .invalidName(let reason): reason
        case .invalid(let reason, let expected): reason + (expected.map { "; write \($0)" } ?? "")
        case .forbidden(let what): "must not \(what)"
        case .element(let index, let problem): "[\(index)] \(problem)"
        case .verbatim(let message): message
        }
    }

    /// Returns the problem as a complete sentence.
    package func sentence(about field: String) -> String {
        if case .verbatim(let message) = self { message } else { "\(field) \(self)" }
    }
}

/// An error that contains a problem of the parsed value.
package protocol ProblemConvertible: Error {
    /// The problem of the value.
    var problem: Problem { get }
}
