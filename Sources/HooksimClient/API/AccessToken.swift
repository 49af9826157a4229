public import Webhooks

/// A token that authenticates requests of the simulated API.
public struct AccessToken: Sendable {
    /// The text that goes into the `Authorization` header, after `Bearer`.
    public let text: String
    /// The virtual time for which the token is valid.
    public let lifetime: Duration
    /// The scopes of the token; `nil` if none were requested, so that it has all scopes of the client.
    public let scopes: Scope?
}

extension AccessToken: ResponseValue {
    init(_ fields: ResponseFields) throws {
        text = try fields.string("access_token")
        lifetime = .seconds(try fields.integer("expires_in"))
        scopes = try fields.optional("scope", "scopes with spaces between") { $0.string.flatMap { Scope($0) } }
    }
}

extension AccessToken: CustomStringConvertible {
    /// The token without its text, which is a secret.
    public var description: String { "a token that is valid for \(lifetime)" }
}
