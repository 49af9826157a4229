import Hummingbird
import NIOCore
import Webhooks

/// What the inspector's buttons do: the same as the control API's calls, from forms that only its own pages can make.
struct InspectorActions: Sendable {
    let pages: InspectorController
    let events: EventInspectionController
    let store: Store
    let partners: PartnerRegistry
    let faults: FaultStore
    let clock: SimulatedClock
    let worker: DeliveryWorker
    let scenarios: RequestedScenarios
    /// The control API, some of whose calls are made here from a form's fields.
    let control: Routes

    private var frame: InspectorFrame { pages.frame }

    func addRoutes(to routes: inout Routes) {
        add("trigger", to: &routes) { form, _, context in try await trigger(form, context) }
        add("resend", to: &routes) { form, _, context in try await resend(form, context) }
        add("retry", to: &routes) { form, _, context in try await retry(form, context) }
        add("clock", to: &routes) { form, _, context in try await moveClock(form, context) }
        add("reset", to: &routes) { _, _, context in
            _ = try await call("reset", [:], context)
            return frame.redirect(to: InspectorFrame.overview, notice: "everything was removed")
        }
        add("faults/add", to: &routes) { form, _, context in try await addFault(form, context) }
        add("faults/remove", to: &routes) { form, _, context in
            let id = form.first("id") ?? ""
            let isRemoved = faults.remove(id: id) != nil
            if isRemoved {
                context.trace.note(performed: PerformedOperation(operation: .removeFault, parameters: ["id": id]))
            }
            return frame.redirect(
                to: "\(InspectorFrame.root)/faults", notice: isRemoved ? "\(id) was removed" : "there is no rule \(id)",
                isGood: isRemoved)
        }
        add("faults/clear", to: &routes) { _, _, context in
            faults.removeAll()
            context.trace.note(performed: PerformedOperation(operation: .clearFaults))
            return frame.redirect(to: "\(InspectorFrame.root)/faults", notice: "all rules were removed")
        }
        add("scenarios", to: &routes) { form, request, _ in try await runScenario(form, request) }
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

    /// The page that the form was on, with what was filled in.
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

    /// Makes a call of the control API, and returns its answer's body.
    private func call(_ operation: String, _ body: JSON, _ context: SimulatorContext) async throws -> JSON {
        guard let route = control.all.first(where: { $0.operation == operation }) else { return .null }
        var head = HTTPRequest(method: route.method, scheme: "http", authority: "localhost", path: route.path)
        head.headerFields[.contentType] = "application/json"
        head.headerFields[.contentLength] = String(body.encoded.count)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body.encoded)))
        let (bytes, _) = try await route.handler(request, context).collected()
        if let recorded = RecordedOperation(rawValue: operation) {
            context.trace.note(performed: PerformedOperation(operation: recorded, body: body))
        }
        return (try? JSON(parsing: bytes)) ?? .null
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
        let answer = try await call("triggerEvent", .object(body), context)
        let made = answer["data"]?.array ?? []
        guard let id = made.first?["id"]?.string else {
            return frame.redirect(
                to: InspectorFrame.overview,
                notice: "nobody is subscribed to that topic, so no event was made; `hooksim listen` subscribes to all",
                isGood: false)
        }
        guard made.count == 1 else {
            return frame.redirect(to: "\(InspectorFrame.root)/events", notice: "\(made.count) events were made")
        }
        return frame.redirect(to: "\(InspectorFrame.root)/events/\(id)", notice: "the event was made")
    }

    private func resend(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        guard let id = Identifier(form.first("id") ?? "") else { throw APIError.badRequest("id is not a UUID") }
        _ = try await events.resend(id)
        context.trace.note(
            performed: PerformedOperation(operation: .resendEvent, parameters: ["id": id.description]))
        return frame.redirect(to: "\(InspectorFrame.root)/events/\(id)", notice: "the event is sent once more")
    }

    private func retry(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let partner = try partners.find(clientID: form.first("client_id") ?? "")
        let now = clock.now
        let requeued = try await store.write { session in
            try EventTable.requeueFailed(partner: partner.row, at: now, session)
        }
        worker.wake(requeued.subscriptions, at: now)
        context.trace.note(
            performed: PerformedOperation(operation: .retryFailedEvents, clientID: partner.partner.clientID))
        return frame.redirect(to: InspectorFrame.overview, notice: Assumptions.retryMessage(count: requeued.count))
    }

    private func moveClock(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let body: JSON
        switch form.first("do") {
        case "freeze"?:
            _ = try await call("setClock", ["mode": "frozen"], context)
            return frame.redirect(to: InspectorFrame.overview, notice: "the clock stands still")
        case "resume"?:
            _ = try await call("setClock", ["mode": "real"], context)
            return frame.redirect(to: InspectorFrame.overview, notice: "the clock runs")
        case "idle"?: body = ["until": "idle"]
        default: body = ["by": .string(form.first("by") ?? "")]
        }
        let answer = try await call("advanceClock", body, context)
        let (attempts, pending) = (answer["attempts"]?.integer ?? 0, answer["pending"]?.integer ?? 0)
        let notice = "now \(clock.now): \(attempts) attempts were made, \(pending) events still wait"
        return frame.redirect(to: InspectorFrame.overview, notice: notice)
    }

    private func addFault(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let body: JSON
        if let preset = form.first("preset") {
            body = ["preset": .string(preset)]
        } else {
            do {
                body = try JSON(parsing: (form.first("rule") ?? "").utf8)
            } catch {
                throw APIError.badRequest("the rule is not valid JSON: \(error)")
            }
        }
        _ = try await call("addFault", body, context)
        return frame.redirect(to: "\(InspectorFrame.root)/faults", notice: "the rule is in force")
    }

    private func runScenario(_ form: FormFields, _ request: Request) async throws -> Response {
        let text = form.first("scenario") ?? ""
        do {
            return pages.scenarios.show(request, scenario: text, report: try await scenarios.run(text).json)
        } catch let problems as ScenarioProblems {
            return pages.scenarios.show(request, scenario: text, problems: problems)
        }
    }
}
