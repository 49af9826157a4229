import HTTPTypes
import Hummingbird
import StrictJSON
import Webhooks

/// An error response that says what is wrong and what to do: `{"code": …, "message": …, "validation_errors": {…}?}`
/// (docs/api.md, Errors).
struct APIError: Error {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    var fields: [(name: String, problem: Problem)] = []
    var headers: HTTPFields = [:]

    static func badRequest(_ message: String) -> Self {
        Self(status: .badRequest, code: "bad_request", message: message)
    }

    /// The error for a request without a token, whose challenge contains no error code (RFC 6750, 3.1).
    static func tokenMissing() -> Self {
        Self(
            status: .unauthorized, code: "unauthorized",
            message: "no access token; send Authorization: Bearer with a token from POST /oauth/token",
            headers: [.wwwAuthenticate: #"Bearer realm="webhooks""#])
    }

    static func tokenInvalid() -> Self {
        Self(
            status: .unauthorized, code: "unauthorized",
            message: "the access token is unknown or expired; get a new one from POST /oauth/token",
            headers: [.wwwAuthenticate: #"Bearer realm="webhooks", error="invalid_token""#])
    }

    static func insufficientScope(_ scope: Scope) -> Self {
        Self(
            status: .forbidden, code: "forbidden",
            message: "the access token lacks the scope \(scope); ask for it with the token",
            headers: [.wwwAuthenticate: #"Bearer realm="webhooks", error="insufficient_scope", scope="\#(scope)""#])
    }

    static func forbidden(_ message: String) -> Self { Self(status: .forbidden, code: "forbidden", message: message) }

    static func notFound(_ message: String) -> Self { Self(status: .notFound, code: "not_found", message: message) }

    static func conflict(_ message: String) -> Self { Self(status: .conflict, code: "conflict", message: message) }

    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> Self {
        let list = allowed.map(\.rawValue).joined(separator: ", ")
        return Self(
            status: .methodNotAllowed, code: "method_not_allowed",
            message: "the method is not allowed here; use \(list)",
            headers: [.allow: list])
    }

    static func unsupportedMediaType() -> Self {
        Self(
            status: .unsupportedMediaType, code: "unsupported_media_type",
            message: "the body must be JSON; send Content-Type: application/json")
    }

    /// The error for a body with a content coding.
    /// - Parameter coding: The content codings of the body, as listed in the request.
    static func unsupportedContentCoding(_ coding: String) -> Self {
        Self(
            status: .unsupportedMediaType, code: "unsupported_media_type",
            message: "the body is encoded as \(coding), which is not supported; send it without Content-Encoding",
            headers: [.acceptEncoding: "identity"])
    }

    /// The error for an expectation other than `100-continue`.
    /// - Parameter expectation: The expectation as stated in the request.
    static func expectationFailed(_ expectation: String) -> Self {
        Self(
            status: .expectationFailed, code: "expectation_failed",
            message: "the expectation \(expectation) can't be met; send no Expect, or Expect: 100-continue")
    }

    static func contentTooLarge() -> Self {
        Self(
            status: .contentTooLarge, code: "content_too_large",
            message: "the body is larger than \(Assumptions.longestBody) bytes", headers: [.connection: "close"])
    }

    static func headersTooLarge() -> Self {
        Self(
            status: .requestHeaderFieldsTooLarge, code: "request_header_fields_too_large",
            message: "the request's headers are larger than \(Assumptions.longestHeaders) bytes",
            headers: [.connection: "close"])
    }

    static func tooManyGuesses(retryAfter seconds: Int) -> Self {
        Self(
            status: .tooManyRequests, code: "too_many_requests",
            message: "too many wrong admin tokens came from this address; wait \(seconds) s",
            headers: [.retryAfter: String(seconds)])
    }

    /// The error for a request over the rate limit.
    /// - Parameters:
    ///   - retryAfter: The whole seconds to wait; clients parse the field as an integer.
    ///   - isClockFrozen: Whether those seconds pass only if the clock is advanced.
    static func tooManyRequests(retryAfter: Int, isClockFrozen: Bool = false) -> Self {
        let frozen = """
            too many requests, and the clock is frozen, so that no time passes by itself; advance it by \(retryAfter) s: POST \
            /__admin/clock/advance {"by": "\(retryAfter)s"}, or hooksim clock advance \(retryAfter)s
            """
        return Self(
            status: .tooManyRequests, code: "too_many_requests",
            message: isClockFrozen ? frozen : "too many requests; try again in \(retryAfter) s",
            headers: [.retryAfter: String(retryAfter)])
    }

    static func serviceUnavailable(_ message: String) -> Self {
        Self(status: .serviceUnavailable, code: "service_unavailable", message: message)
    }

    static func tooManyConnections() -> Self {
        Self(
            status: .serviceUnavailable, code: "service_unavailable",
            message:
                "too many connections are open, as many as the limit of open files allows; close some, or start hooksim with a higher ulimit -n",
            headers: [.retryAfter: "1", .connection: "close"])
    }

    static func validation(_ failure: ValidationFailure) -> Self {
        let message = failure.fields.map { $0.problem.sentence(about: $0.name) }.joined(separator: "; ")
        return switch failure.severity {
        case .malformed: Self(status: .badRequest, code: "bad_request", message: message, fields: failure.fields)
        case .unacceptable:
            Self(status: .unprocessableContent, code: "unprocessable_entity", message: message, fields: failure.fields)
        }
    }

    var response: Response {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("code")
        writer.string(code)
        writer.name("message")
        writer.string(message)
        if !fields.isEmpty {
            writer.name("validation_errors")
            writer.beginObject()
            var written: Set<String> = []
            for field in fields where written.insert(field.name).inserted {
                writer.name(escaping: field.name)
                writer.string(field.problem.description)
            }
            writer.endObject()
        }
        writer.endObject()
        var response = Response.json(status, writer.bytes)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension APIError {
    /// The response of the token endpoint to the same error, with the members that RFC 6749, 5.2 requires.
    var tokenResponse: Response {
        let error = status.code >= 500 ? "temporarily_unavailable" : TokenError.Code.invalidRequest.rawValue
        let body: JSON = [
            "error": .string(error), "error_description": .string(message), "code": .string(code),
            "message": .string(message),
        ]
        var response = Response.json(status, body.encoded)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension HTTPField.Name {
    static let retryAfter = Self("Retry-After")!
}

extension TokenError {
    /// The error response of the token endpoint. It always contains `error`, without which client libraries take the
    /// body for a token.
    var response: Response {
        let status: HTTPResponse.Status = self.code == .invalidClient ? .forbidden : .badRequest
        let body: JSON = [
            "error": .string(code.rawValue),
            "error_description": .string(message),
            "code": .string(status == .forbidden ? "forbidden" : "bad_request"),
            "message": .string(message),
        ]
        return .json(status, body.encoded)
    }
}
