/// What is wrong with a request, field by field: every wrong field at once.
package struct ValidationFailure: Error, Sendable {
    /// How wrong a field is; the worst one decides the status.
    package enum Severity: Int, Sendable, Comparable {
        /// The right type, a value that can't be accepted: 422.
        case unacceptable
        /// Missing, or of the wrong type: 400.
        case malformed

        package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    package private(set) var severity: Severity = .unacceptable
    package private(set) var fields: [(name: String, problem: Problem)] = []

    package init() {}

    package init(_ field: String, _ problem: Problem, _ severity: Severity) {
        add(field, problem, severity)
    }

    package mutating func add(_ field: String, _ problem: Problem, _ severity: Severity) {
        fields.append((field, problem))
        self.severity = max(self.severity, severity)
    }

    /// Runs `body` and keeps its error as that field's problem.
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

    /// - Throws: itself when any field is wrong.
    package func check() throws {
        if !fields.isEmpty { throw self }
    }
}

extension ValidationFailure: CustomStringConvertible {
    package var description: String { fields.map { "\($0.name): \($0.problem)" }.joined(separator: "; ") }
}
