/// The scope of a token (RFC 6749, 3.3).
public struct Scope: OptionSet, Sendable, Hashable {
    /// The bits of the scope.
    public let rawValue: Int

    /// Creates a scope from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The scope to list subscriptions and events.
    public static let read = Scope(rawValue: 1)
    /// The scope to create and delete subscriptions, and to retry events.
    public static let write = Scope(rawValue: 2)
    /// Both scopes.
    public static let all: Scope = [.read, .write]

    private static let names: [(scope: Scope, name: String)] = [(.read, "webhooks:read"), (.write, "webhooks:write")]

    /// Creates a scope from space-separated names; `nil` if one is unknown.
    package init?(_ text: String) {
        self.init(names: text.split(separator: " ").map(String.init))
    }

    /// Creates a scope from names; `nil` if one is unknown.
    package init?(names: [String]) {
        var scope: Scope = []
        for name in names {
            guard let known = Self.names.first(where: { $0.name == name }) else { return nil }
            scope.insert(known.scope)
        }
        self = scope
    }

    /// The names on the wire, for example `webhooks:read`.
    public var names: [String] { Self.names.filter { contains($0.scope) }.map(\.name) }
}

extension Scope: CustomStringConvertible {
    /// The names, separated by spaces.
    public var description: String { names.joined(separator: " ") }
}
