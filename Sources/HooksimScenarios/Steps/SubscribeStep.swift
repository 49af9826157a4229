import HooksimClient
import NIOHTTP1
import StrictJSON
import Webhooks

/// Subscribes a receiver to topics.
struct SubscribeStep: ScenarioAction {
    static let name = "subscribe"
    static let schema = """
        description: Subscribes a receiver to one topic or several.
        object:
          topic:
            description: 'The topic, or a list of them: one subscription each.'
            anyOf: [topic, {minItems: 1, array: topic}]
          to: receiverName
          path?: {description: Appended to the receiver's URL., $ref: text}
          secret_key?: {description: Sent as the bearer token of each delivery., $ref: text}
          save?: {description: Keeps the subscription's id under this name., $ref: saveName}
        """

    /// The topics, each of which gets a subscription.
    let topics: [String]
    /// The name of the receiver.
    let receiver: String
    /// The text that is appended to the receiver's URL.
    let path: String
    /// The bearer token of each delivery; `nil` for none.
    let secretKey: String?
    /// The name under which the id is saved; `nil` if it is not.
    let save: String?

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        guard let members = parser.mapping(node, name, ["topic", "to", "path", "secret_key", "save"]) else {
            return nil
        }
        guard let topic = members["topic"], let to = members["to"] else {
            parser.wrong(node.position, "subscribe needs topic and to; expected both")
            return nil
        }
        let topics = topics(topic, &parser)
        let path = members["path"].flatMap { parser.text($0, "path") } ?? ""
        let secret = members["secret_key"].flatMap { parser.text($0, "secret_key") }
        let receiver = parser.receiver(named: to)
        let save = parser.save(members["save"])
        return receiver.map { Self(topics: topics, receiver: $0, path: path, secretKey: secret, save: save) }
    }

    private static func topics(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> [String] {
        guard case .sequence(let nodes) = node.value else { return parser.topic(node).map { [$0] } ?? [] }
        if nodes.isEmpty { parser.wrong(node.position, "topic is an empty list; expected at least one topic") }
        return nodes.compactMap { parser.topic($0) }
    }

    var title: String { "subscribe \(topics.joined(separator: ", ")) to \(receiver)" }

    func run(in runner: isolated ScenarioRunner) async throws {
        for topic in topics { try await subscribe(to: topic, in: runner) }
    }

    private func subscribe(to topic: String, in runner: isolated ScenarioRunner) async throws {
        let url = try runner.receivers.url(of: receiver) + runner.values.filling(path)
        var body = JSONObject([("endpoint_url", .string(url)), ("topic", .string(topic))])
        if let secretKey { body["secret_key"] = .string(runner.values.filling(secretKey)) }
        let response = try await runner.session.request(.POST, "/webhooks", body: .object(body))
        guard response.status == 201, let id = response.json["id"]?.string else {
            throw StepFailure("subscribe got \(response.status): \(response.message)")
        }
        runner.subscriptions.append((id, topic, receiver))
        if let save { runner.values[save] = id }
    }
}
