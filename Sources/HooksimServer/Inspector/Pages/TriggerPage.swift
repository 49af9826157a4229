import Hummingbird
import StrictJSON
import Webhooks

/// The page on which a user edits the sample payload of a topic and triggers an event with it.
struct TriggerPage: Sendable {
    let frame: InspectorFrame
    let partners: PartnerRegistry

    /// Returns the page.
    ///
    /// - Parameters:
    ///   - form: the form that the user filled in, if it was refused.
    ///   - problem: the reason why it was refused.
    func show(_ request: Request, _ form: FormFields? = nil, problem: String? = nil) -> Response {
        let chosen = (form ?? (try? request.queryFields()))?.first("topic")
        let topic = chosen.flatMap(Topic.init) ?? .invoicePaid
        let clientID = form?.first("client_id") ?? ""
        var context: [String: Any] = [
            "topic": topic.rawValue,
            "data": form?.first("data") ?? JSON.object(Samples[topic].object).indented,
            "count": form?.first("count") ?? "1", "entity_id": form?.first("entity_id") ?? "",
            "topicOptions": Choice.options(Topic.allCases.map(\.rawValue), chosen: topic.rawValue),
            "clientOptions": Choice.options(partners.all.map(\.partner.clientID), chosen: clientID),
        ]
        context["problem"] = problem
        return frame.render("trigger", title: "Trigger", request, status: problem == nil ? .ok : .badRequest, context)
    }
}

/// The options of a `select` element.
enum Choice {
    static func options(_ values: [String], chosen: String) -> [[String: Any]] {
        values.map { ["value": $0, "selected": $0 == chosen] }
    }
}
