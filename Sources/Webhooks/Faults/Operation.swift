/// An operation of the simulated API, which fault rules can match; the raw value is its `operationId` in the OpenAPI
/// document.
package enum Operation: String, Sendable, CaseIterable {
    case createToken, listSubscriptions, createSubscription, deleteSubscription, listEvents, retryFailedEvents

    /// The target of the fault rules that match the operation.
    package var target: FaultTarget { self == .createToken ? .token : .api }

    /// The method, the path and the scope of the operation.
    private var definition: (method: String, path: String, scope: Scope) {
        switch self {
        case .createToken: ("POST", "/oauth/token", [])
        case .listSubscriptions: ("GET", "/webhooks", .read)
        case .createSubscription: ("POST", "/webhooks", .write)
        case .deleteSubscription: ("DELETE", "/webhooks/{subscription_id}", .write)
        case .listEvents: ("GET", "/webhooks/events", .read)
        case .retryFailedEvents: ("POST", "/webhooks/retry", .write)
        }
    }

    /// The method.
    package var method: String { definition.method }

    /// The path, with its parameters in braces.
    package var path: String { definition.path }

    /// The scope that the token of a request needs.
    package var scope: Scope { definition.scope }

    /// Creates the operation of a request; HEAD has that of GET. The result is `nil` if no operation has this method
    /// and path.
    package init?(method: String, path: String) {
        let method = method == "HEAD" ? "GET" : method
        let fixed = Self.allCases.filter { $0.path == path }
        let candidates = fixed.isEmpty ? Self.allCases.filter { $0.isMatched(by: PathPattern(path)) } : fixed
        guard let operation = candidates.first(where: { $0.method == method }) else { return nil }
        self = operation
    }

    /// Returns whether the pattern matches a path of this operation.
    package func isMatched(by pattern: PathPattern) -> Bool {
        var template = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        var wanted = pattern.text.split(separator: "/", omittingEmptySubsequences: false)[...]
        while let want = wanted.popFirst() {
            let isLast = wanted.isEmpty
            guard let part = template.popFirst() else { return false }
            if part.first == "{" {
                guard !want.isEmpty || isLast && pattern.isPrefix else { return false }
            } else if isLast, pattern.isPrefix {
                guard part.hasPrefix(want) else { return false }
            } else if part != want {
                return false
            }
        }
        return template.isEmpty || pattern.isPrefix
    }
}

/// A pattern of paths: an exact path, or with `*` at its end all paths with that prefix.
package struct PathPattern: Sendable, Equatable {
    /// The path or the prefix.
    package let text: String
    /// Whether the text is a prefix.
    package let isPrefix: Bool

    /// Creates a pattern from its text.
    package init(_ text: String) {
        isPrefix = text.hasSuffix("*")
        self.text = isPrefix ? String(text.dropLast()) : text
    }

    /// Returns whether the pattern matches a path.
    package func matches(_ path: String) -> Bool { isPrefix ? path.hasPrefix(text) : path == text }

    /// The text of the pattern.
    package var description: String { isPrefix ? text + "*" : text }
}
