import HTTPTypes
import Hummingbird
package import Webhooks

/// A method of a path: its handler and its description.
///
/// Routing, 405 with `Allow`, authentication, the rejection of unknown query parameters, recording and the OpenAPI
/// document are derived from the description.
package struct Route: Sendable {
    typealias Handler = @Sendable (Request, SimulatorContext) async throws -> Response
    typealias ClientHandler = @Sendable (Request, SimulatorContext, AuthenticatedClient) async throws -> Response

    /// The clients or users that may use a route.
    package enum Access: Sendable, Equatable {
        /// Any client, with any value of the `Host` field.
        case unrestricted
        /// A client that authenticates with its credentials.
        case credentials
        /// A client with a token that has the scope.
        case token(Scope)
        /// The user of the control API.
        case control
        /// The user of the inspector; pages are not part of the OpenAPI document.
        case page
    }

    /// The form of the body that a route reads.
    package enum Body: Sendable {
        case json, optionalJSON, form
    }

    let method: HTTPRequest.Method
    /// The path with its parameters in braces, as OpenAPI writes them.
    package let path: String
    /// The name of the operation in the OpenAPI document, in fault rules, in the request log and in recordings.
    package let operation: String
    /// The clients or users that may use the route.
    package var access = Access.control
    /// The names of the query parameters that the route reads.
    package var query: [String] = []
    /// The form of the body that the route reads; `nil` if it reads none.
    package var body: Body?
    /// Whether the route reads or writes the store, which may be unavailable.
    package var usesStore = true
    /// Whether the body or query may refer to a resource that does not exist. Parameters of the path may always do so.
    package var mayBeUnknown = false
    /// Whether a request may conflict with the present state.
    package var mayConflict = false
    let handler: Handler

    /// The name of the method.
    package var verb: String { method.rawValue }

    var isPage: Bool { access == .page }
}

extension Operation {
    /// The method in the type that routes use.
    var httpMethod: HTTPRequest.Method { HTTPRequest.Method(rawValue: method)! }
}
