import HTTPTypes
import Hummingbird
import NIOCore
import Webhooks

extension Request {
    /// The query's fields, strictly decoded.
    func queryFields() throws -> FormFields {
        guard let query = uri.query, !query.isEmpty else { return try FormFields("") }
        do {
            return try FormFields(query)
        } catch {
            throw APIError.badRequest("the query string can't be decoded: \(error)")
        }
    }

    /// The whole body, at most ``Assumptions/longestBody`` bytes.
    func bodyBytes() async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap(Int.init), length > Assumptions.longestBody {
            throw APIError.contentTooLarge()
        }
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= Assumptions.longestBody else { throw APIError.contentTooLarge() }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// Whether it only asks for something: what is sent with it means nothing then (RFC 9110, 9.3.1 and 9.3.2).
    var isRead: Bool { method == .get || method == .head }

    /// Whether the request says that a body follows.
    var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// The body as a JSON object.
    /// - Parameter isRequired: when not, no body is an empty object.
    /// - Throws: a ``ValidationFailure`` that names the member that nests too deep; an ``APIError`` for all else.
    func jsonObject(isRequired: Bool = true) async throws -> JSONObject {
        if !isRequired, !hasBody { return JSONObject() }
        guard mediaType(headers[.contentType]) == "application/json" else { throw APIError.unsupportedMediaType() }
        let bytes = try await bodyBytes()
        if !isRequired, bytes.isEmpty { return JSONObject() }
        let value: JSON
        do {
            value = try JSON(parsing: bytes, maxDepth: JSON.maxBodyDepth)
        } catch let error as JSONError where error.isTooDeep && error.member != nil {
            throw ValidationFailure(
                error.member ?? "",
                .invalid(
                    "nests too deep at line \(error.line), column \(error.column): "
                        + "a body nests at most \(JSON.maxBodyDepth) levels"),
                .unacceptable)
        } catch {
            throw APIError.badRequest("the body is not valid JSON: \(error)")
        }
        guard case .object(let object) = value else {
            throw APIError.badRequest("the body must be a JSON object, not \(value.kind)")
        }
        return object
    }
}

extension SimulatorContext {
    /// A UUID in the path; the parameter is named as in the route.
    func identifier(_ name: String) throws -> Identifier {
        let text = parameters.get(name) ?? ""
        guard let identifier = Identifier(text) else {
            throw APIError.validation(ValidationFailure(name, .invalid("is not a UUID"), .malformed))
        }
        return identifier
    }
}
