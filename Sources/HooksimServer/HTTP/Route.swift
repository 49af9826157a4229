import HTTPTypes
import Hummingbird
package import Webhooks

/// One method of one path: what it does, and all that is known of it.
///
/// Routing, 405 with `Allow`, authentication, the refusal of unknown query parameters, recording and the OpenAPI document follow from
/// what a route says of itself.
package struct Route: Sendable {
    typealias Handler = @Sendable (Request, SimulatorContext) async throws -> Response
    typealias ClientHandler = @Sendable (Request, SimulatorContext, AuthenticatedClient) async throws -> Response

    /// Who may use a route.
    package enum Access: Sendable, Equatable {
        /// Everybody, whatever the host that is named.
        case everybody
        /// A client that proves by its credentials who it is.
        case credentials
        /// A client with a token that has the scope.
        case token(Scope)
        /// The user of the control API.
        case control
        /// The user of the inspector: it is a page, and so no part of the OpenAPI document.
        case page
    }

    /// What is read of a request's body.
    package enum Body: Sendable {
        case json, optionalJSON, form
    }

    let method: HTTPRequest.Method
    /// The path with its parameters in braces, as OpenAPI writes them.
    package let path: String
    /// Its name in the OpenAPI document, in fault rules, in the request log and in recordings.
    package let operation: String
    package var access = Access.control
    /// The names of the query parameters that it reads.
    package var query: [String] = []
    /// What it reads of the body; `nil` is nothing.
    package var body: Body?
    /// Whether it reads or writes the store, which may be unavailable.
    package var usesStore = true
    /// Whether its body or query may name something that is not there. What its path names may always be missing.
    package var mayBeUnknown = false
    /// Whether it may be at odds with what is there.
    package var mayConflict = false
    let handler: Handler

    /// The method's name.
    package var verb: String { method.rawValue }

    var isPage: Bool { access == .page }
}

extension Operation {
    /// The method, as a route has it.
    var httpMethod: HTTPRequest.Method { HTTPRequest.Method(rawValue: method)! }
}
