/// What is wrong with one value: a kind with its data, which each interface puts into its own words.
///
/// The description is that of the two HTTP APIs: it completes a sentence that begins with the field's name, as in "`limit` must be …".
/// A scenario file says the same with the value that it has (``ScenarioParser``).
package indirect enum Problem: Error, Sendable, Equatable {
    /// There is no value, though one is required.
    case missing(expected: String? = nil)
    /// The value is none of those expected; `found` is its kind where that is what is wrong.
    case unexpected(expected: String, found: String? = nil)
    /// The object has not the members that are expected together.
    case unexpectedMembers(expected: String)
    /// There is no member of that name.
    case unknownMember(suggestion: String?, known: [String])
    /// The name of the member itself can't be.
    case invalidName(String)
    /// The value can't be accepted for a reason; `expected` is what to write instead.
    case invalid(String, expected: String? = nil)
    /// The value is what it must not be.
    case forbidden(String)
    /// An element of the array is wrong.
    case element(Int, Problem)
    /// A message that the real API is known to give, word for word, without the field's name.
    case verbatim(String)
}

extension Problem {
    /// The problem that an error tells of.
    package init(_ error: any Error) {
        self =
            switch error {
            case let problem as Problem: problem
            case let error as any ProblemConvertible: error.problem
            default: .invalid("\(error)")
            }
    }

    /// A whole number outside of its range.
    package static func unexpected(outside range: ClosedRange<Int>, orNull: Bool = false) -> Self {
        let upper = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
        return .unexpected(expected: "a whole number from \(range.lowerBound)\(upper)\(orNull ? ", or null" : "")")
    }

    /// A word that is none of a few known ones.
    ///
    /// - Parameter reason: completes the sentence where one of them is probably meant.
    package static func unknownWord(_ word: String, known: [String], reason: String = "is not known") -> Self {
        guard let meant = Suggestion.nearest(to: word, among: known) else {
            return .unexpected(expected: known.alternatives)
        }
        return .invalid("\(reason); did you mean \(meant)?")
    }
}

extension Problem: CustomStringConvertible {
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

    /// The problem in a sentence of its own.
    package func sentence(about field: String) -> String {
        if case .verbatim(let message) = self { message } else { "\(field) \(self)" }
    }
}

/// An error that is a problem of the value that was read.
package protocol ProblemConvertible: Error {
    var problem: Problem { get }
}
