/// Parameters of a query whose values are secrets by their names. The API has none there, but clients put them there by mistake.
package enum SecretParameters {
    private static let names: Set = [
        "access_token", "admin_token", "api_key", "client_secret", "password", "secret", "secret_key", "token",
    ]

    /// The same query with a placeholder for each secret.
    package static func hidden(in query: String) -> String {
        guard query.contains("=") else { return query }
        return query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            guard let equals = pair.firstIndex(of: "="), names.contains(pair[..<equals].lowercased()) else {
                return String(pair)
            }
            return "\(pair[..<equals])=REDACTED"
        }.joined(separator: "&")
    }
}
