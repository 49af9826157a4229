/// The problems of a request, with all wrong fields.
package struct ValidationFailure: Error, Sendable {
    /// The severity of a problem; the highest one determines the status.
    package enum Severity: Int, Sendable, Comparable {
        /// The field has the right type, but its value is refused: 422.
        case unacceptable
        /// The field is missing or has the wrong type: 400.
        case malformed

        /// Returns whether the left severity is lower.
        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// The highest severity of the problems.
    package private(set) var severity: Severity = .unacceptable
    /// The wrong fields with their problems.
    package private(set) var fields: [(name: String, problem: Problem)] = []

    /// Creates a failure without problems.
    package init() {}

    /// Creates a failure with one problem.
    package init(_ field: String, _ problem: Problem, _ severity: Severity) {
        add(field, problem, severity)
    }

    /// Adds a problem of a field.
    package mutating func add(_ field: String, _ problem: Problem, _ severity: Severity) {
        fields.append((field, problem))
        self.severity = max(self.severity, severity)
    }

    /// Returns the result of `body`; if it throws, adds its error as a problem of the field, and returns `nil`.
    package mutating func collect<Value>(
        _ field: String, _ severity: Severity, _ body: () throws -> Value
    ) -> Value? {
        do {
            return try body()
        } catch {
            add(field, Problem(error), severity)
            return nil
        }
    }

    /// Throws this failure if it has a problem.
    package func check() throws {
        if !fields.isEmpty { throw self }
    }
}

extension ValidationFailure: CustomStringConvertible {
    /// The fields with their problems, for people.
    package var description: String { fields.map { "\($0.name): \($0.problem)" }.joined(separator: "; ") }
}
