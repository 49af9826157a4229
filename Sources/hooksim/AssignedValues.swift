import HooksimClient
import StrictJSON
import Webhooks

/// The values of `--set`, which are texts, as JSON of the types that the fields of the event's data have.
struct AssignedValues {
    private let data: JSON

    /// - Parameters:
    ///   - data: The data in which the values are set; `nil` for the sample of the topic.
    init(data: JSON?, topic: Topic) { self.data = data ?? .object(Samples[topic].object) }

    /// Returns the values by path, or `nil` if there are none.
    ///
    /// - Parameter assignments: Paths and values, as in `total=99.95`.
    /// - Throws: ``CommandFailure`` that names the assignment.
    func values(_ assignments: [String]) throws -> JSON? {
        var values = JSONObject()
        for assignment in assignments {
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                throw CommandFailure(
                    description: "--set needs a path and a value, as in --set total=99.95, not \(assignment)", status: 2
                )
            }
            let path = String(assignment[..<equals])
            values[path] = try value(String(assignment[assignment.index(after: equals)...]), at: path)
        }
        return assignments.isEmpty ? nil : .object(values)
    }

    /// Returns a text as JSON: a string where the field is one, so that a number is not sent in place of an id. JSON in
    /// quotation marks, `null`, arrays and objects are taken as they are.
    private func value(_ text: String, at path: String) throws -> JSON {
        let parsed = try? JSON(parsing: text.utf8)
        switch (field(at: path), parsed) {
        case (.string, .number), (.string, .bool): return .string(text)
        case (.number, nil), (.bool, nil), (.array, nil), (.object, nil), (.number, .bool), (.bool, .number):
            let kind = field(at: path)?.kind ?? ""
            throw CommandFailure(
                description:
                    "--set \(path)=\(text): \(path) is \(kind) in the data; for a string, give it in quotation marks: --set '\(path)=\"\(text)\"'",
                status: 2)
        case (_, let parsed?): return parsed
        case (_, nil): return .string(text)
        }
    }

    /// Returns the value that the data has at a path; `nil` if there is none.
    private func field(at path: String) -> JSON? {
        guard let names = try? ValuePath(path).names else { return nil }
        var value: JSON? = data
        for name in names {
            if let array = value?.array {
                value = Int(name).flatMap { array.indices.contains($0) ? array[$0] : nil }
            } else {
                value = value?[name]
            }
        }
        return value
    }
}
