/// An absolute http or https URL to which deliveries can be sent (RFC 3986; docs/api.md, POST /webhooks).
package struct EndpointURL: Sendable, Equatable {
    /// The URL as it was given.
    package let text: String
    /// Whether the scheme is https.
    package let isSecure: Bool
    /// The host, without the brackets of an IPv6 literal.
    package let host: String
    /// The port, which is that of the scheme if the URL has none.
    package let port: Int
    /// The path and the query for the request line; the fragment is never sent.
    package let target: String

    /// Parses the URL of a new subscription.
    ///
    /// - Throws: ``EndpointURLError`` if the text is not a URL, or a URL to which deliveries are not sent.
    package init(_ text: String, rule: PlainHTTPRule) throws {
        try self.init(text)
        if let address = NetworkAddress(host), let reason = address.reasonNotToDeliver {
            throw EndpointURLError(problem: .invalid("is \(reason), where deliveries are never sent"))
        }
        if !isSecure, let refusal = rule.refusal(of: host) { throw EndpointURLError(problem: .invalid(refusal)) }
    }

    /// Parses a URL, without a check of its destination.
    ///
    /// - Throws: ``EndpointURLError`` if the text is not a URL.
    package init(_ text: String) throws {
        guard text.utf8.count <= Assumptions.longestEndpointURL else {
            throw EndpointURLError(problem: .invalid("is longer than \(Assumptions.longestEndpointURL) bytes"))
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.forbidden.contains($0) }) else {
            throw EndpointURLError(problem: .invalid("has a character that must be percent-encoded in a URL"))
        }
        guard let separator = text.firstRange(of: "://"), separator.lowerBound > text.startIndex,
            text[..<separator.lowerBound].allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) })
        else { throw EndpointURLError(problem: .verbatim("URL scheme is required")) }
        switch text[..<separator.lowerBound].lowercased() {
        case "https": isSecure = true
        case "http": isSecure = false
        default: throw EndpointURLError(problem: .unexpected(expected: "an https URL"))
        }
        let rest = text[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            throw EndpointURLError(problem: .invalid("must not contain a user name or password; use secret_key"))
        }
        (host, port) = try Self.split(authority, defaultPort: isSecure ? 443 : 80)
        let target = rest[authority.endIndex...].prefix { $0 != "#" }
        guard !target.contains(where: { $0 == "[" || $0 == "]" }) else {
            throw EndpointURLError(problem: .invalid("has a character that must be percent-encoded in a URL"))
        }
        guard FormFields.hasWholeEscapes(target) else {
            throw EndpointURLError(problem: .invalid("has a % that is not followed by two hexadecimal digits"))
        }
        self.target = target.first == "/" ? String(target) : "/" + target
        self.text = text
    }

    /// The visible characters that a URL must not contain unless they are percent-encoded (RFC 3986, 2).
    private static let forbidden = Set("\"<>\\^`{|}".utf8)

    private static func split(_ authority: Substring, defaultPort: Int) throws -> (String, Int) {
        let host: Substring
        var rest: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else {
                throw EndpointURLError(problem: .invalid("has no ] after its IPv6 address"))
            }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
            guard host.contains(":"), NetworkAddress(String(host)) != nil else {
                throw EndpointURLError(problem: .invalid("has no valid IPv6 address in its brackets"))
            }
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
            try checkName(host)
        }
        guard !rest.isEmpty else { return (String(host), defaultPort) }
        rest = rest.dropFirst()
        guard rest.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(rest), (1...65535).contains(port) else {
            throw EndpointURLError(problem: .invalid("needs a port from 1 to 65535 after the host's colon"))
        }
        return (String(host), port)
    }

    private static func checkName(_ host: Substring) throws {
        guard !host.isEmpty else { throw EndpointURLError(problem: .invalid("has no host")) }
        var labels = host.split(separator: ".", omittingEmptySubsequences: false)
        if labels.last == "" { labels.removeLast() }
        let isValid =
            host.utf8.count <= 253 && !labels.isEmpty
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
        guard isValid else {
            throw EndpointURLError(problem: .invalid("has a host that is not a valid name or address"))
        }
        if let last = labels.last, last.allSatisfy(\.isNumber), NetworkAddress(String(host)) == nil {
            throw EndpointURLError(problem: .invalid("has a host that is not a valid name or address"))
        }
    }
}

/// The error of a text that is not an endpoint URL.
package struct EndpointURLError: ProblemConvertible, CustomStringConvertible {
    /// The problem of the text.
    package let problem: Problem

    /// The description of the problem.
    package var description: String { problem.description }
}
