package import StrictJSON

extension ValuePathError: ProblemConvertible {
    /// The problem of the path.
    package var problem: Problem {
        switch self {
        case .tooManyNames(let count):
            .invalid("has \(count) names, and a body nests at most \(JSON.maxBodyDepth) levels", expected: "fewer")
        case .tooLong: .invalid("is longer than \(ValuePath.maxLength) bytes", expected: "a shorter path")
        case .emptyName:
            .invalid("has an empty name", expected: "names with single points between, as in line_items.0.amount")
        }
    }
}
