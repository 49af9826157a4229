/// Decides whether an endpoint with plain http is accepted; the real API accepts only https
/// (docs/api.md, POST /webhooks).
package struct PlainHTTPRule: Sendable {
    private let profile: Profile
    private let allowedHosts: [String]

    /// Creates the rule of a profile.
    ///
    /// - Parameters:
    ///   - profile: the profile.
    ///   - allowedHosts: host names or addresses that are accepted in every profile; `*.example.com` stands for all
    ///     names below `example.com`.
    package init(profile: Profile, allowedHosts: [String] = []) {
        self.profile = profile
        self.allowedHosts = allowedHosts.map(Self.normalized)
    }

    /// The top-level domains that are not public: RFC 6761, RFC 6762 (its appendix G lists what people use instead of
    /// `.local`), RFC 8375, ICANN's `.internal`, and the `.svc` of Kubernetes.
    private static let privateSuffixes: Set<String> = [
        "localhost", "test", "local", "intranet", "internal", "private", "corp", "home", "lan", "localdomain", "svc",
    ]

    /// Returns the reason for which plain http is refused for a host, as the rest of a sentence about the URL; `nil` if
    /// it is accepted.
    package func refusal(of host: String) -> String? {
        let name = Self.normalized(host)
        if allowedHosts.contains(where: { Self.matches(name, $0) }) { return nil }
        switch profile {
        case .faithful:
            return """
                must be an https URL, as the real API asks for; start the simulator with --profile sandbox to use http to private \
                hosts, or with --allow-http \(host)
                """
        case .sandbox:
            guard !Self.isPrivate(name) else { return nil }
            return """
                must be an https URL; http is accepted only for loopback and private addresses and for private names (such as \
                receiver, app.local, app.lan, app.internal, app.default.svc), and for a host that the simulator was started with \
                --allow-http \(host)
                """
        }
    }

    /// Returns whether a text is valid as an allowed host: a name, an address without brackets, or `*.` before a name.
    package static func isHost(_ text: String) -> Bool {
        if NetworkAddress(text) != nil { return true }
        let name = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
        return !name.contains(":") && (try? EndpointURL("http://\(name)"))?.host == name
    }

    /// Returns whether a host is a loopback or private address, or a name that only a local network can resolve.
    private static func isPrivate(_ name: String) -> Bool {
        if let address = NetworkAddress(name) {
            return address.isLoopback || address.isUnspecified || address.isPrivate
        }
        let labels = name.split(separator: ".")
        guard labels.count > 1, let last = labels.last else { return true }
        // No public top-level domain has an underscore, but names of networks in a compose file do.
        return privateSuffixes.contains(String(last)) || last.contains("_") || name.hasSuffix(".home.arpa")
    }

    /// Returns a host in lower case and without the dot that ends an absolute name, which names the same host (RFC
    /// 1034, 3.1).
    private static func normalized(_ host: String) -> String {
        let host = host.lowercased()
        return host.last == "." ? String(host.dropLast()) : host
    }

    private static func matches(_ name: String, _ allowed: String) -> Bool {
        if allowed.hasPrefix("*.") { return name.hasSuffix(allowed.dropFirst()) }
        if let address = NetworkAddress(allowed) { return NetworkAddress(name) == address }
        return name == allowed
    }
}
