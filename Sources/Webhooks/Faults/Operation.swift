/// An operation of the simulated API, which faults can hit; the raw value is its `operationId` in the OpenAPI document.
package enum Operation: String, Sendable, CaseIterable {
    case createToken, listSubscriptions, createSubscription, deleteSubscription, listEvents, retryFailedEvents

    package var target: FaultTarget { self == .createToken ? .token : .api }

    /// What is known of an operation.
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

    package var method: String { definition.method }

    /// The path with its parameters in braces.
    package var path: String { definition.path }

    /// The scope that a client's token needs.
    package var scope: Scope { definition.scope }

    /// The operation of a request; HEAD is that of GET.
    package init?(method: String, path: String) {
        let method = method == "HEAD" ? "GET" : method
        let fixed = Self.allCases.filter { $0.path == path }
        let candidates = fixed.isEmpty ? Self.allCases.filter { $0.isMatched(by: PathPattern(path)) } : fixed
        guard let operation = candidates.first(where: { $0.method == method }) else { return nil }
        self = operation
    }

    /// Whether some path of this operation is matched by the pattern.
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

/// An exact path, or with `*` at its end all that begin so.
package struct PathPattern: Sendable, Equatable {
    package let text: String
    package let isPrefix: Bool

    package init(_ text: String) {
        isPrefix = text.hasSuffix("*")
        self.text = isPrefix ? String(text.dropLast()) : text
    }

    package func matches(_ path: String) -> Bool { isPrefix ? path.hasPrefix(text) : path == text }

    package var description: String { isPrefix ? text + "*" : text }
}
