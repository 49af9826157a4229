import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Webhooks

extension Request {
    /// Returns the fields of the query, which are decoded strictly.
    func queryFields() throws -> FormFields {
        guard let query = uri.query, !query.isEmpty else { return try FormFields("") }
        do {
            return try FormFields(query)
        } catch {
            throw APIError.badRequest("the query string can't be decoded: \(error)")
        }
    }

    /// Returns the complete body, which may have up to ``Assumptions/longestBody`` bytes.
    func bodyBytes() async throws -> [UInt8] {
        try checkBody()
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= Assumptions.longestBody else { throw APIError.contentTooLarge() }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    /// Checks the body fields of the head, so that a body that can't be accepted is rejected before it is sent.
    ///
    /// - Throws: ``APIError`` with status 413 or 415.
    func checkBody() throws {
        if let contentCoding { throw APIError.unsupportedContentCoding(contentCoding) }
        if declaredLength > Assumptions.longestBody { throw APIError.contentTooLarge() }
    }

    /// The length of the body that the head declares; 0 if it declares none.
    var declaredLength: Int {
        guard let text = headers[.contentLength] else { return 0 }
        return Int(text) ?? 0
    }

    /// The content codings of the body, as listed in `Content-Encoding`; `nil` if it has none.
    var contentCoding: String? {
        guard let field = headers[.contentEncoding] else { return nil }
        let codings = field.listMembers.filter { !$0.isNamed("identity") }
        return codings.isEmpty ? nil : codings.joined(separator: ", ")
    }

    /// The first expectation that the server can't meet; `nil` if it can meet all (RFC 9110, 10.1.1).
    var unmetExpectation: String? {
        guard headers.contains(.expect), let field = headers[.expect] else { return nil }
        return field.listMembers.first { !$0.isNamed("100-continue") }.map(String.init)
    }

    /// Whether the method is GET or HEAD, for which the content of a request has no meaning (RFC 9110, 9.3.1 and
    /// 9.3.2).
    var isRead: Bool { method == .get || method == .head }

    /// Whether the request says that a body follows.
    var hasBody: Bool {
        headers[.transferEncoding] != nil || headers[.contentLength].map { $0 != "0" } ?? false
    }

    /// Returns the body as a JSON object.
    /// - Parameter isRequired: Whether a body is required; if not, a missing body is an empty object.
    /// - Throws: ``ValidationFailure`` that names a member that is nested too deeply; ``APIError`` for any other error.
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
    /// Returns a UUID in the path; `name` is that of the parameter in the route.
    func identifier(_ name: String) throws -> Identifier {
        let text = parameters.get(name) ?? ""
        guard let identifier = Identifier(text) else {
            throw APIError.validation(ValidationFailure(name, .invalid("is not a UUID"), .malformed))
        }
        return identifier
    }
}
