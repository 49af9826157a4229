import StrictJSON
import Webhooks

/// A form in which the OpenAPI document is served.
struct OpenAPIForm: Hashable, Sendable {
    /// A version of the OpenAPI Specification.
    enum Version: String, CaseIterable {
        case openAPI31 = "3.1"
        case openAPI30 = "3.0"
    }

    /// A part of the document.
    enum API: String, CaseIterable {
        /// The simulated API and its deliveries.
        case webhooks
    }

    /// The names of the query parameters that select a form.
    static let parameters = ["version", "api"]

    var version = Version.openAPI31
    /// The part to serve; `nil` for the whole document.
    var api: API?
}

extension OpenAPIForm {
    /// Reads `version` and `api`, and adds their problems to `failure`.
    init(query: FormFields, failure: inout ValidationFailure) {
        version = Self.value(query, "version", &failure) ?? .openAPI31
        api = Self.value(query, "api", &failure)
    }

    private static func value<Value: RawRepresentable<String> & CaseIterable>(
        _ query: FormFields, _ name: String, _ failure: inout ValidationFailure
    ) -> Value? {
        guard let text = failure.value(query, name), !text.isEmpty else { return nil }
        if let value = Value(rawValue: text) { return value }
        let accepted = Value.allCases.map(\.rawValue)
        failure.add(name, .unexpected(expected: accepted.alternatives), .malformed)
        return nil
    }

    /// Returns the document in this form, derived from the document that is part of the program.
    func document(from written: JSON) -> JSON {
        let selected = api == .webhooks ? OpenAPISelection.simulatedAPI(of: written) : written
        return version == .openAPI30 ? OpenAPI30.document(selected) : selected
    }
}
