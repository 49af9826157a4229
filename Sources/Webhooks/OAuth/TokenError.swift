/// The reason for which no token is issued, with a code of RFC 6749, 5.2.
package struct TokenError: Error, Sendable {
    /// An error code of RFC 6749, 5.2.
    package enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
    }

    /// The error code.
    package let code: Code
    /// The reason, for people.
    package let message: String

    /// Creates an error from a code and a message.
    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
