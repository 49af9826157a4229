import FoundationEssentials
import StrictJSON

/// A well-formed request for a token with client credentials (RFC 6749, 4.4; docs/api.md, Token).
package struct TokenRequest: Sendable {
    /// The id and the secret of a client.
    package struct Credentials: Sendable, Equatable {
        /// The client's id.
        package let clientID: String
        /// The client's secret.
        package let clientSecret: String

        /// Creates credentials.
        package init(clientID: String, clientSecret: String) {
            self.clientID = clientID
            self.clientSecret = clientSecret
        }
    }

    /// The possible readings of the credentials: in HTTP Basic they are raw or form-encoded, and clients do both.
    package let credentials: [Credentials]
    /// The requested scope; `nil` if the request has none.
    package let scope: String?

    /// Parses a request for a token.
    ///
    /// - Parameters:
    ///   - authorization: the `Authorization` header.
    ///   - contentType: the `Content-Type` header.
    ///   - body: the body.
    /// - Throws: ``TokenError`` if the request is not well-formed.
    package init(authorization: String?, contentType: String?, body: [UInt8]) throws {
        let parameters = try Self.parameters(contentType: contentType, body: body)
        switch parameters["grant_type"] {
        case "client_credentials": break
        case nil: throw TokenError(.invalidRequest, "grant_type is missing; send grant_type=client_credentials")
        default: throw TokenError(.unsupportedGrantType, "grant_type must be client_credentials")
        }
        scope = parameters["scope"]
        credentials = try Self.credentials(authorization: authorization, parameters: parameters)
    }

    /// Returns the parameters of the body; those without a value are treated as omitted (RFC 6749, 3.2).
    private static func parameters(contentType: String?, body: [UInt8]) throws -> [String: String] {
        var pairs: [(name: String, value: String)] = []
        switch mediaType(contentType) {
        case "application/x-www-form-urlencoded":
            do {
                pairs = try FormFields(String(decoding: body, as: UTF8.self)).fields
            } catch {
                throw TokenError(.invalidRequest, "the form body can't be decoded: \(error)")
            }
        case "application/json":
            do {
                guard case .object(let object) = try JSON(parsing: body, maxDepth: JSON.maxBodyDepth) else {
                    throw TokenError(.invalidRequest, "the JSON body must be an object")
                }
                // Other parameters are ignored (RFC 6749, 3.2).
                for name in ["grant_type", "scope", "client_id", "client_secret"] {
                    guard let value = object[name] else { continue }
                    guard let text = value.string else {
                        throw TokenError(.invalidRequest, "\(name) must be a string, not \(value.kind)")
                    }
                    pairs.append((name, text))
                }
            } catch let error as JSONError {
                throw TokenError(.invalidRequest, "the body is not JSON: \(error)")
            }
        default:
            throw TokenError(
                .invalidRequest, "Content-Type must be application/x-www-form-urlencoded or application/json")
        }
        var parameters: [String: String] = [:]
        for pair in pairs where !pair.value.isEmpty {
            guard parameters.updateValue(pair.value, forKey: pair.name) == nil else {
                throw TokenError(.invalidRequest, "\(pair.name) is given more than once")
            }
        }
        return parameters
    }

    private static func credentials(authorization: String?, parameters: [String: String]) throws -> [Credentials] {
        guard let authorization, !authorization.isEmpty else {
            guard let clientID = parameters["client_id"], let clientSecret = parameters["client_secret"] else {
                throw TokenError(
                    .invalidClient, "no client credentials; send them with HTTP Basic or as client_id and client_secret"
                )
            }
            return [Credentials(clientID: clientID, clientSecret: clientSecret)]
        }
        guard let basic = basic(authorization) else {
            throw TokenError(
                .invalidClient, "the Authorization header is not HTTP Basic with base64 of client_id:client_secret")
        }
        let matches = basic.contains {
            parameters["client_id"] ?? $0.clientID == $0.clientID
                && parameters["client_secret"] ?? $0.clientSecret == $0.clientSecret
        }
        guard matches else {
            throw TokenError(
                .invalidRequest, "the credentials in the body differ from those in the Authorization header")
        }
        return basic
    }

    private static func basic(_ authorization: String) -> [Credentials]? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
            let pair = String(validating: data, as: UTF8.self), let colon = pair.firstIndex(of: ":")
        else { return nil }
        let clientID = String(pair[..<colon])
        let secret = String(pair[pair.index(after: colon)...])
        let raw = Credentials(clientID: clientID, clientSecret: secret)
        guard let decodedID = try? FormFields.decode(clientID.utf8),
            let decodedSecret = try? FormFields.decode(secret.utf8)
        else { return [raw] }
        let decoded = Credentials(clientID: decodedID, clientSecret: decodedSecret)
        return decoded == raw ? [raw] : [raw, decoded]
    }
}

/// Returns the type and subtype of a `Content-Type` in lower case, without parameters (RFC 9110, 8.3.1).
package func mediaType(_ contentType: String?) -> String? {
    contentType?.split(separator: ";", omittingEmptySubsequences: false).first.map {
        $0.trimmingSpaces().lowercased()
    }
}

extension StringProtocol {
    func trimmingSpaces() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}
