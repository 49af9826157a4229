/// Parameters whose names show that their values are secrets. The API has none in a query or a path, but clients put
/// them there by mistake.
package enum SecretParameters {
    private static let names: Set = [
        "access_token", "admin_token", "api_key", "client_secret", "password", "refresh_token", "secret", "secret_key",
        "token",
    ]

    /// The text that replaces a secret.
    package static let placeholder = "REDACTED"

    /// Returns whether the value of a parameter with this name is a secret.
    package static func isSecret(_ name: String) -> Bool { names.contains(name.lowercased()) }

    /// Returns the same query with a placeholder for each secret. A secret that can't be decoded gets a placeholder
    /// that is not UTF-8 either, so that the query is still refused.
    package static func hidden(in query: String) -> String { hidden(in: query, separators: "&;") }

    /// Returns the same path with a placeholder for each secret that follows its name: `/a;token=b/c`.
    package static func hidden(inPath path: String) -> String { hidden(in: path, separators: "/&;?,") }

    private static func hidden(in text: String, separators: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "=")) else { return text }
        let separators = Set(separators.utf8)
        var hidden: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while true {
            let part = rest.prefix { !separators.contains($0) }
            hidden += Self.hidden(part)
            rest = rest[part.endIndex...]
            guard let separator = rest.popFirst() else { break }
            hidden.append(separator)
        }
        return String(decoding: hidden, as: UTF8.self)
    }

    private static func hidden(_ pair: ArraySlice<UInt8>) -> [UInt8] {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return Array(pair) }
        let name = pair[..<equals]
        guard isSecret((try? FormFields.decode(name)) ?? String(decoding: name, as: UTF8.self)) else {
            return Array(pair)
        }
        let isWhole = (try? FormFields.decode(pair[(equals + 1)...])) != nil
        return pair[...equals] + Array((isWhole ? placeholder : placeholder + "%FF").utf8)
    }
}
