/// What a token allows (RFC 6749, 3.3).
public struct Scope: OptionSet, Sendable, Hashable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Listing subscriptions and events.
    public static let read = Scope(rawValue: 1)
    /// Creating and deleting subscriptions, and retrying events.
    public static let write = Scope(rawValue: 2)
    /// Both.
    public static let all: Scope = [.read, .write]

    private static let names: [(scope: Scope, name: String)] = [(.read, "webhooks:read"), (.write, "webhooks:write")]

    /// Reads space-separated names; `nil` when one is unknown.
    package init?(_ text: String) {
        self.init(names: text.split(separator: " ").map(String.init))
    }

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
    public var description: String { names.joined(separator: " ") }
}
