import HooksimClient
import NIOHTTP1

/// Removes the subscriptions of the scenario that match.
struct UnsubscribeStep: ScenarioAction {
    static let name = "unsubscribe"
    static let schema = """
        description: Removes the subscriptions of this scenario that match all that is given.
        minProperties: 1
        object:
          topic?: topic
          to?: receiverName
          id?: {description: 'The subscription''s id, as saved by `subscribe`.', $ref: text}
        """

    /// The topic of the subscriptions; `nil` for any.
    let topic: String?
    /// The name of the receiver of the subscriptions; `nil` for any.
    let receiver: String?
    /// The id of the subscription; `nil` for any.
    let id: String?

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        guard let members = parser.mapping(node, name, ["topic", "to", "id"]) else { return nil }
        guard !members.isEmpty else {
            parser.wrong(node.position, "unsubscribe needs a topic, a receiver (to) or an id; expected one of them")
            return nil
        }
        return Self(
            topic: members["topic"].flatMap { parser.topic($0) },
            receiver: members["to"].flatMap { parser.receiver(named: $0) },
            id: members["id"].flatMap { parser.text($0, "id") })
    }

    var title: String { "unsubscribe \([topic, receiver, id].compactMap { $0 }.joined(separator: " "))" }

    func run(in runner: isolated ScenarioRunner) async throws {
        let id = id.map { runner.values.filling($0) }
        let found = runner.subscriptions.filter {
            (id ?? $0.id) == $0.id && (topic ?? $0.topic) == $0.topic && (receiver ?? $0.receiver) == $0.receiver
        }
        guard !found.isEmpty else { throw StepFailure("no subscription of this scenario matches") }
        for subscription in found {
            let response = try await runner.session.request(.DELETE, "/webhooks/\(subscription.id)")
            guard response.status == 200 else {
                throw StepFailure("unsubscribe got \(response.status): \(response.message)")
            }
            runner.subscriptions.removeAll { $0.id == subscription.id }
        }
    }
}
