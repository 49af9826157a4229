import Hummingbird
import StrictJSON

/// `POST /__admin/events`: creates events.
struct TriggerController: Sendable {
    let trigger: TriggerEvents

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/events", "triggerEvent", body: .json, mayBeUnknown: true, mayConflict: true) {
            try await trigger($0, $1)
        }
    }

    private func trigger(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        .json(.created, try await run(try await request.jsonObject(), context).json)
    }

    /// Creates the events that a request's body describes, and notes them in the request's trace.
    func run(_ body: JSONObject, _ context: SimulatorContext) async throws -> TriggerEvents.Result {
        var fields = ControlFields(body)
        let clientID = fields.string("client_id")
        let wanted = Trigger(&fields)
        try fields.check()
        guard let wanted else { throw fields.failure }
        let result = try await trigger.run(wanted, clientID: clientID)
        context.trace.note(
            created: .init(
                ids: result.events.map(\.id), entityID: result.events.count == 1 ? result.events[0].entityID : nil))
        return result
    }
}
