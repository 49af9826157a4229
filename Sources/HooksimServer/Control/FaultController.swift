import Hummingbird
import StrictJSON
import Webhooks

/// Serves `/__admin/faults`: lists, adds and removes fault rules.
struct FaultController: Sendable {
    let faults: FaultRegistry
    let change: ChangeFaults

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/faults", "listFaults", usesStore: false) { _, _ in
            .json(.ok, Self.list(faults.entries))
        }
        routes.add(.post, "/__admin/faults", "addFault", body: .json, usesStore: false) { try await add($0, $1) }
        routes.add(.delete, "/__admin/faults", "clearFaults", usesStore: false) { _, _ in
            try await change.removeAll()
            return .json(.ok, Self.list([]))
        }
        routes.add(.delete, "/__admin/faults/{id}", "removeFault", usesStore: false) { _, context in
            try await remove(context)
        }
    }

    /// Adds one rule, or the rules of a preset: `{"preset": "flaky"}`.
    private func add(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let body = try await request.jsonObject()
        let entries = try await change.add(try Self.rules(of: body))
        context.trace.note(created: RequestTrace.Created(ruleIDs: entries.map(\.id)))
        return .json(.created, body["preset"] == nil ? .object(entries[0].json) : Self.list(entries))
    }

    /// Returns the rules that a request body describes.
    ///
    /// - Throws: ``ValidationFailure`` if the body is not valid or the preset is not known.
    static func rules(of body: JSONObject) throws -> [FaultRule] {
        guard body["preset"] != nil else { return [try FaultRuleParser.parse(body)] }
        var fields = ControlFields(body)
        let name = fields.string("preset")
        try fields.check()
        guard let preset = name.flatMap(FaultPreset.init) else {
            let names = FaultPreset.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationFailure("preset", .invalid("is not known; there are \(names)"), .unacceptable)
        }
        return try preset.parsedRules()
    }

    private func remove(_ context: SimulatorContext) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        guard let entry = try await change.remove(id: id) else {
            throw APIError.notFound("there is no fault rule with that id; GET /__admin/faults lists them")
        }
        return .json(.ok, .object(entry.json))
    }

    private static func list(_ entries: [FaultPlan.Entry]) -> JSON {
        ["data": .array(entries.map { .object($0.json) })]
    }
}
