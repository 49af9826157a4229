/// The receivers of a recording: one for each endpoint, which answers as the real one did.
package struct RecordedReceivers {
    /// In the order of their first appearance.
    private(set) var endpoints: [String] = []

    static func name(_ index: Int) -> String { "receiver_\(index + 1)" }

    /// The receiver's name and the path behind its address. The query is left out: it may hold a secret.
    mutating func target(of endpointURL: String) -> (name: String, path: String) {
        let index =
            endpoints.firstIndex(of: endpointURL)
            ?? {
                endpoints.append(endpointURL)
                return endpoints.count - 1
            }()
        return (Self.name(index), Self.path(of: endpointURL))
    }

    private static func path(of endpointURL: String) -> String {
        let rest = endpointURL.firstRange(of: "://").map { endpointURL[$0.upperBound...] } ?? endpointURL[...]
        let path = rest.drop { $0 != "/" && $0 != "?" && $0 != "#" }.prefix { $0 != "?" && $0 != "#" }
        return path == "/" ? "" : String(path)
    }

    /// A URL as it may be shown: without the user's name and password, and without a query, which may hold a secret too.
    static func withoutSecrets(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        return withoutUser(String(url[..<(url[start...].firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex)]))
    }

    /// The same for a step that sends it: what is refused as a URL is refused again.
    static func refusedAlike(_ url: String) -> String {
        let shown = withoutSecrets(url)
        let isRefused = (try? EndpointURL(url)) == nil
        // A percent sign without digits is in no URL.
        return isRefused && (try? EndpointURL(shown)) != nil ? shown + "?%" : shown
    }

    /// The same URL with a placeholder for the user's name and password.
    package static func withoutUser(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let authorityEnd = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        guard let at = url[start..<authorityEnd].lastIndex(of: "@") else { return url }
        // What is refused for having one must be refused again.
        return "\(url[..<start])placeholder\(url[at...])"
    }

    /// A `receivers` mapping in which each answers by attempt as most events were answered, and the others by name.
    func json(_ attempts: [RecordedAttempt]) -> JSONObject {
        let byEndpoint = Dictionary(grouping: attempts, by: \.endpointURL)
        return JSONObject(
            endpoints.enumerated().map { index, url in (Self.name(index), Self.receiver(byEndpoint[url] ?? [])) })
    }

    private static func receiver(_ attempts: [RecordedAttempt]) -> JSON {
        // By event, the first reply to each attempt: a copy that a fault made may have got another.
        var scripts: [String: (topic: String, entityID: String, responses: [Int: RecordedAttempt.Response])] = [:]
        for attempt in attempts {
            var script = scripts[attempt.eventID] ?? (attempt.topic, attempt.entityID, [:])
            if script.responses[attempt.attempt] == nil { script.responses[attempt.attempt] = attempt.response }
            scripts[attempt.eventID] = script
        }
        let usual = usualScript(scripts.values.map(\.responses))
        var receiver = JSONObject([("respond", json(usual))])
        let unusual = scripts.values.filter { script in
            script.responses.contains { attempt, response in response != usual[min(attempt, usual.count) - 1] }
        }.sorted { ($0.topic, $0.entityID) < ($1.topic, $1.entityID) }
        if !unusual.isEmpty {
            receiver["responses"] = .array(
                unusual.map { script in
                    let last = script.responses.keys.max() ?? 1
                    let responses = (1...last).map { script.responses[$0] ?? usual[min($0, usual.count) - 1] }
                    return [
                        "topic": .string(script.topic), "entity_id": .string(script.entityID),
                        "respond": json(shortened(responses)),
                    ]
                })
        }
        return .object(receiver)
    }

    /// For each attempt the reply that most events got; the lowest status where several were as frequent.
    private static func usualScript(_ scripts: [[Int: RecordedAttempt.Response]]) -> [RecordedAttempt.Response] {
        let longest = scripts.flatMap(\.keys).max() ?? 0
        guard longest > 0 else { return [.status(200, retryAfter: nil)] }
        var usual: [RecordedAttempt.Response] = []
        for attempt in 1...longest {
            let counts = Dictionary(scripts.compactMap { $0[attempt] }.map { ($0, 1) }, uniquingKeysWith: +)
            let commonest = counts.max { ($0.value, $1.key.json.description) < ($1.value, $0.key.json.description) }
            usual.append(commonest?.key ?? usual.last ?? .status(200, retryAfter: nil))
        }
        return shortened(usual)
    }

    /// The last reply repeats, so it need not be written more than once.
    private static func shortened(_ responses: [RecordedAttempt.Response]) -> [RecordedAttempt.Response] {
        var responses = responses
        while responses.count > 1, responses.last == responses[responses.count - 2] { responses.removeLast() }
        return responses
    }

    private static func json(_ responses: [RecordedAttempt.Response]) -> JSON {
        responses.count == 1 ? responses[0].json : .array(responses.map(\.json))
    }
}
