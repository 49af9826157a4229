import Hummingbird
import StrictJSON

/// `POST /__admin/reset`: resets the simulator, or removes everything that one client owns.
struct ResetController: Sendable {
    let reset: ResetSimulator
    let removePartner: RemovePartner

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/reset", "reset", body: .optionalJSON, mayBeUnknown: true) {
            try await reset($0, $1)
        }
    }

    private func reset(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject(isRequired: false))
        let clientID = fields.string("client_id")
        try fields.check()
        if let clientID {
            try await removePartner.empty(clientID: clientID)
            return .json(.ok, ["message": .string("everything of the client \(clientID) was removed")])
        }
        try await reset.run(on: context.channel)
        return .json(.ok, ["message": "everything was removed"])
    }
}
