import HooksimScenarios
import Hummingbird
import NIOCore
import StrictJSON
import Webhooks

/// The actions of the inspector's forms: the operations of the control API, requested by forms that only its own pages
/// can contain.
struct InspectorActions: Sendable {
    let pages: InspectorController
    let operations: Operations
    let trigger: TriggerController
    let clock: SimulatedClock

    private var frame: InspectorFrame { pages.frame }

    func addRoutes(to routes: inout Routes) {
        add("trigger", to: &routes) { form, _, context in try await trigger(form, context) }
        add("resend", to: &routes) { form, _, context in try await resend(form, context) }
        add("retry", to: &routes) { form, _, context in try await retry(form, context) }
        add("clock", to: &routes) { form, _, context in try await moveClock(form, context) }
        add("reset", to: &routes) { _, _, context in
            try await operations.reset.run(on: context.channel)
            return frame.redirect(to: InspectorFrame.overview, notice: "everything was removed")
        }
        add("faults/add", to: &routes) { form, _, context in try await addFault(form, context) }
        add("faults/remove", to: &routes) { form, _, context in
            let id = form.first("id") ?? ""
            let isRemoved = try await operations.faults.remove(id: id) != nil
            if isRemoved {
                context.trace.note(performed: PerformedOperation(operation: .removeFault, parameters: ["id": id]))
            }
            return frame.redirect(
                to: "\(InspectorFrame.root)/faults", notice: isRemoved ? "\(id) was removed" : "there is no rule \(id)",
                isGood: isRemoved)
        }
        add("faults/clear", to: &routes) { _, _, context in
            try await operations.faults.removeAll()
            context.trace.note(performed: PerformedOperation(operation: .clearFaults))
            return frame.redirect(to: "\(InspectorFrame.root)/faults", notice: "all rules were removed")
        }
        add("scenarios", to: &routes) { try await runScenario($0, $1, $2) }
    }

    private typealias Action = @Sendable (FormFields, Request, SimulatorContext) async throws -> Response

    private func add(_ name: String, to routes: inout Routes, _ action: @escaping Action) {
        routes.addPage(.post, "\(InspectorFrame.root)/\(name)", in: frame) { request, context in
            let form = try FormFields(String(decoding: try await request.bodyBytes(), as: UTF8.self))
            guard form.first("token") == frame.formToken else {
                throw APIError.forbidden("the form is not of this run of the simulator; load its page again")
            }
            do {
                return try await action(form, request, context)
            } catch let error as APIError {
                return refused(error.message, name, form, request)
            } catch let failure as ValidationFailure {
                return refused(APIError.validation(failure).message, name, form, request)
            }
        }
    }

    /// Returns the page of a refused form, with the problem and the values that the user filled in.
    private func refused(_ problem: String, _ name: String, _ form: FormFields, _ request: Request) -> Response {
        switch name {
        case "trigger" where form.first("data") != nil: pages.trigger.show(request, form, problem: problem)
        case "faults/add": pages.faults.show(request, rule: form.first("rule"), problem: problem)
        case "resend" where Identifier(form.first("id") ?? "") != nil:
            frame.redirect(
                to: "\(InspectorFrame.root)/events/\(form.first("id") ?? "")", notice: problem, isGood: false)
        default: frame.redirect(to: InspectorFrame.overview, notice: problem, isGood: false)
        }
    }

    private func trigger(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        var body = JSONObject([("topic", .string(form.first("topic") ?? ""))])
        if let clientID = form.first("client_id"), !clientID.isEmpty { body["client_id"] = .string(clientID) }
        if let count = form.first("count"), !count.isEmpty {
            body["count"] = Int(count).map { .number($0) } ?? .string(count)
        }
        if let entityID = form.first("entity_id"), !entityID.isEmpty { body["entity_id"] = .string(entityID) }
        if let data = form.first("data"), !data.allSatisfy(\.isWhitespace) {
            do {
                body["data"] = try JSON(parsing: data.utf8)
            } catch {
                throw APIError.badRequest("the data is not valid JSON: \(error)")
            }
        }
        let created = try await trigger.run(body, context).events
        context.trace.note(performed: PerformedOperation(operation: .triggerEvent, body: .object(body)))
        guard let first = created.first else {
            return frame.redirect(
                to: InspectorFrame.overview,
                notice: "no active subscription matches that topic, so no event was created; "
                    + "`hooksim listen` subscribes to all",
                isGood: false)
        }
        guard created.count == 1 else {
            return frame.redirect(to: "\(InspectorFrame.root)/events", notice: "\(created.count) events were created")
        }
        return frame.redirect(to: "\(InspectorFrame.root)/events/\(first.id)", notice: "the event was created")
    }

    private func resend(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        guard let id = Identifier(form.first("id") ?? "") else { throw APIError.badRequest("id is not a UUID") }
        _ = try await operations.resend.run(id)
        context.trace.note(
            performed: PerformedOperation(operation: .resendEvent, parameters: ["id": id.description]))
        return frame.redirect(to: "\(InspectorFrame.root)/events/\(id)", notice: "the event is sent once more")
    }

    private func retry(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let clientID = form.first("client_id") ?? ""
        let count = try await operations.retry.run(clientID: clientID)
        context.trace.note(performed: PerformedOperation(operation: .retryFailedEvents, clientID: clientID))
        return frame.redirect(to: InspectorFrame.overview, notice: Assumptions.retryMessage(count: count))
    }

    private func moveClock(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let goal: MoveClock.Goal
        let body: JSON
        switch form.first("do") {
        case "freeze"?:
            try await operations.moveClock.set(.frozen, at: nil)
            context.trace.note(performed: PerformedOperation(operation: .setClock, body: ["mode": "frozen"]))
            return frame.redirect(to: InspectorFrame.overview, notice: "the clock is frozen")
        case "resume"?:
            try await operations.moveClock.set(.real, at: nil)
            context.trace.note(performed: PerformedOperation(operation: .setClock, body: ["mode": "real"]))
            return frame.redirect(to: InspectorFrame.overview, notice: "the clock runs")
        case "idle"?: (goal, body) = (.idle, ["until": "idle"])
        default:
            var failure = ValidationFailure()
            let span = failure.collect("by", .unacceptable) { try TimeSpan(form.first("by") ?? "") }
            try failure.check()
            (goal, body) = (.by(span ?? .zero), ["by": .string(form.first("by") ?? "")])
        }
        let advance = try await operations.moveClock.advance(goal, limit: nil)
        context.trace.note(performed: PerformedOperation(operation: .advanceClock, body: body))
        let notice = "now \(advance.now): \(advance.attempts) attempts, \(advance.pending) events pending"
        return frame.redirect(to: InspectorFrame.overview, notice: notice)
    }

    private func addFault(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let body: JSONObject
        if let preset = form.first("preset") {
            body = JSONObject([("preset", .string(preset))])
        } else {
            do {
                let rule = try JSON(parsing: (form.first("rule") ?? "").utf8)
                guard let object = rule.object else { throw APIError.badRequest("the rule must be a JSON object") }
                body = object
            } catch let error as JSONError {
                throw APIError.badRequest("the rule is not valid JSON: \(error)")
            }
        }
        let entries = try await operations.faults.add(try FaultController.rules(of: body))
        context.trace.note(created: RequestTrace.Created(ruleIDs: entries.map(\.id)))
        context.trace.note(performed: PerformedOperation(operation: .addFault, body: .object(body)))
        return frame.redirect(to: "\(InspectorFrame.root)/faults", notice: "the rule is in force")
    }

    private func runScenario(
        _ form: FormFields, _ request: Request, _ context: SimulatorContext
    ) async throws -> Response {
        let text = form.first("scenario") ?? ""
        do {
            return pages.scenarios.show(
                request, scenario: text, report: try await operations.scenarios.run(text, on: context.channel).json)
        } catch let problems as ScenarioProblems {
            return pages.scenarios.show(request, scenario: text, problems: problems)
        }
    }
}
