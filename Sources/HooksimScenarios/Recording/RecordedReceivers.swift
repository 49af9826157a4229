import StrictJSON
import Webhooks

/// The receivers of a recording: one for each endpoint, which responds as the real one did.
package struct RecordedReceivers {
    /// The endpoint URLs, in the order of their first use.
    private(set) var endpoints: [String] = []

    static func name(_ index: Int) -> String { "receiver_\(index + 1)" }

    /// Returns the name of an endpoint's receiver, and the path of the endpoint. The query is omitted, since it may
    /// contain a secret.
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

    /// Returns a URL without its user name, its password and its query, which may contain a secret as well.
    static func withoutSecrets(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let end = url[start...].firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
        return SecretPlaceholder.withoutUser(String(url[..<end]))
    }

    /// Returns the same URL for a step that sends it: a URL that was refused is refused again.
    static func refusedAlike(_ url: String) -> String {
        let shown = withoutSecrets(url)
        let isRefused = (try? EndpointURL(url)) == nil
        // A percent sign without two digits makes a URL invalid.
        return isRefused && (try? EndpointURL(shown)) != nil ? shown + "?%" : shown
    }

    /// Returns the `receivers` mapping of a scenario. Each receiver responds by attempt in the way that was most
    /// frequent, with exceptions for the other events.
    func json(_ attempts: [RecordedAttempt]) -> JSONObject {
        let byEndpoint = Dictionary(grouping: attempts, by: \.endpointURL)
        return JSONObject(
            endpoints.enumerated().map { index, url in (Self.name(index), Self.receiver(byEndpoint[url] ?? [])) })
    }

    private static func receiver(_ attempts: [RecordedAttempt]) -> JSON {
        // The first response to each attempt of an event counts, because a duplicate from a fault may have got another
        // one.
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

    /// Returns the most frequent response to each attempt; among equally frequent ones, the lowest status.
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

    /// Returns the responses without equal ones at the end, since the last response repeats.
    private static func shortened(_ responses: [RecordedAttempt.Response]) -> [RecordedAttempt.Response] {
        var responses = responses
        while responses.count > 1, responses.last == responses[responses.count - 2] { responses.removeLast() }
        return responses
    }

    private static func json(_ responses: [RecordedAttempt.Response]) -> JSON {
        responses.count == 1 ? responses[0].json : .array(responses.map(\.json))
    }
}
