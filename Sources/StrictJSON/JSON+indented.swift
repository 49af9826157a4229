extension JSON {
    /// The value as JSON on several lines, indented for people.
    package var indented: String { indented(by: "") }

    private func indented(by space: String) -> String {
        let inner = space + "  "
        switch self {
        case .array(let elements) where !elements.isEmpty:
            return "[\n" + elements.map { inner + $0.indented(by: inner) }.joined(separator: ",\n") + "\n\(space)]"
        case .object(let object) where !object.members.isEmpty:
            let members = object.members.map { "\(inner)\(JSON.string($0.name)): \($0.value.indented(by: inner))" }
            return "{\n" + members.joined(separator: ",\n") + "\n\(space)}"
        default: return description
        }
    }
}
