/// Parameters of a query whose values are secrets by their names. The API has none there, but clients put them there by mistake.
package enum SecretParameters {
    private static let names: Set = [
        "access_token", "admin_token", "api_key", "client_secret", "password", "secret", "secret_key", "token",
    ]

    /// The same query with a placeholder for each secret.
    package static func hidden(in query: String) -> String {
        let pairs = query.utf8.split(separator: UInt8(ascii: "&"))
        guard pairs.contains(where: isSecret) else { return query }
        return query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            guard isSecret(pair.utf8), let equals = pair.firstIndex(of: "=") else { return String(pair) }
            return "\(pair[..<equals])=REDACTED"
        }.joined(separator: "&")
    }

    private static func isSecret(_ pair: Substring.UTF8View) -> Bool {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return false }
        return names.contains(Substring(pair[..<equals]).lowercased())
    }
}
