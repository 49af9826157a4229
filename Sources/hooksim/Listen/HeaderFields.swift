/// The names and values of header fields, in their order.
typealias HeaderFields = [(name: String, value: String)]

extension HeaderFields {
    /// The fields of a connection that an intermediary does not pass on (RFC 9110, 7.6.1).
    private static let ofConnection: Set = [
        "connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade",
    ]

    /// The fields that an intermediary passes on: all but those of the connection and those that `Connection` names.
    var endToEnd: HeaderFields {
        let named = self.filter { $0.name.lowercased() == "connection" }.flatMap { field in
            field.value.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
        }
        let dropped = Self.ofConnection.union(named)
        return self.filter { !dropped.contains($0.name.lowercased()) }
    }

    /// Returns the fields without those of the given names, which are in lower case.
    func without(_ names: Set<String>) -> HeaderFields { self.filter { !names.contains($0.name.lowercased()) } }

    /// The fields as they may be shown. The secret belongs to the receiver, but must not be visible on a shared screen
    /// or in a log.
    var masked: HeaderFields {
        self.map { field in
            let secrets: Set = ["authorization", "cookie", "set-cookie", "proxy-authorization"]
            guard secrets.contains(field.name.lowercased()) else { return field }
            let scheme = field.value.split(separator: " ").first.map(String.init) ?? ""
            return (
                field.name, field.name.lowercased() == "authorization" && scheme != field.value ? "\(scheme) …" : "…"
            )
        }
    }

    subscript(name: String) -> String? { first { $0.name.lowercased() == name.lowercased() }?.value }
}
