import Hummingbird
import NIOCore
import Webhooks

/// What the inspector's buttons do: the same as the control API's calls, from forms that only its own pages can make.
struct InspectorActions: Sendable {
    let page: InspectorPage
    let pages: InspectorController
    let events: EventInspectionController
    let database: Database
    let partners: PartnerRegistry
    let faults: FaultStore
    let clock: SimulatedClock
    let worker: DeliveryWorker
    let adminToken: String?
    /// The control API, some of whose calls are made here from a form's fields.
    let control: Routes

    func addRoutes(to routes: inout Routes) {
        add("trigger", to: &routes) { form, _, context in try await trigger(form, context) }
        add("resend", to: &routes) { form, _, _ in try await resend(form) }
        add("retry", to: &routes) { form, _, _ in try await retry(form) }
        add("clock", to: &routes) { form, _, context in try await moveClock(form, context) }
        add("reset", to: &routes) { _, _, context in
            _ = try await call("reset", [:], context)
            return page.redirect(to: "/__admin/", notice: "everything was removed")
        }
        add("faults/add", to: &routes) { form, _, context in try await addFault(form, context) }
        add("faults/remove", to: &routes) { form, _, _ in
            let id = form.first("id") ?? ""
            let isRemoved = faults.remove(id: id) != nil
            return page.redirect(
                to: "\(InspectorPage.root)/faults", notice: isRemoved ? "\(id) was removed" : "there is no rule \(id)",
                isGood: isRemoved)
        }
        add("faults/clear", to: &routes) { _, _, _ in
            faults.removeAll()
            return page.redirect(to: "\(InspectorPage.root)/faults", notice: "all rules were removed")
        }
        add("scenarios", to: &routes) { form, request, context in try await runScenario(form, request, context) }
    }

    private typealias Action = @Sendable (FormFields, Request, SimulatorContext) async throws -> Response

    private func add(_ name: String, to routes: inout Routes, _ action: @escaping Action) {
        routes.addPage(.post, "\(InspectorPage.root)/\(name)") { request, context in
            let form = try FormFields(String(decoding: try await request.bodyBytes(), as: UTF8.self))
            guard form.first("token") == page.formToken else {
                throw APIError.forbidden("the form is not of this page; load the page again")
            }
            do {
                return try await action(form, request, context)
            } catch let error as APIError {
                return page.redirect(to: back(to: request), notice: error.message, isGood: false)
            } catch let failure as ValidationFailure {
                let problems = failure.fields.map { "\($0.name) \($0.problem)" }.joined(separator: "; ")
                return page.redirect(to: back(to: request), notice: problems, isGood: false)
            }
        }
    }

    /// The page that the form was on, if it is one of ours.
    private func back(to request: Request) -> String {
        request.uri.path.contains("/faults/") ? "\(InspectorPage.root)/faults" : "/__admin/"
    }

    /// Makes a call of the control API, and returns its answer's body.
    private func call(_ operation: String, _ body: JSON, _ context: SimulatorContext) async throws -> JSON {
        guard let route = control.all.first(where: { $0.operation == operation }) else { return .null }
        var head = HTTPRequest(method: route.method, scheme: "http", authority: "localhost", path: route.path)
        head.headerFields[.contentType] = "application/json"
        head.headerFields[.contentLength] = String(body.encoded.count)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body.encoded)))
        let (bytes, _) = try await route.handler(request, context).collected()
        return (try? JSON(parsing: bytes)) ?? .null
    }

    private func trigger(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        var body = JSONObject([("topic", .string(form.first("topic") ?? ""))])
        if let clientID = form.first("client_id"), !clientID.isEmpty { body["client_id"] = .string(clientID) }
        if let count = form.first("count").flatMap({ Int($0) }) { body["count"] = .number(count) }
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
            return page.redirect(
                to: "/__admin/", notice: "no active subscription of that topic, so no event was made", isGood: false)
        }
        guard made.count == 1 else {
            return page.redirect(to: "\(InspectorPage.root)/events", notice: "\(made.count) events were made")
        }
        return page.redirect(to: "\(InspectorPage.root)/events/\(id)", notice: "the event was made")
    }

    private func resend(_ form: FormFields) async throws -> Response {
        guard let id = Identifier(form.first("id") ?? "") else { throw APIError.badRequest("id is not a UUID") }
        _ = try await events.resend(id)
        return page.redirect(to: "\(InspectorPage.root)/events/\(id)", notice: "the event is sent once more")
    }

    private func retry(_ form: FormFields) async throws -> Response {
        let partner = try partners.find(clientID: form.first("client_id") ?? "")
        let now = clock.now
        let requeued = try await database.write { connection in
            try EventRecord.requeueFailed(partner: partner.row, at: now, connection)
        }
        worker.wake(requeued.subscriptions, at: now)
        return page.redirect(to: "/__admin/", notice: Assumptions.retryMessage(count: requeued.count))
    }

    private func moveClock(_ form: FormFields, _ context: SimulatorContext) async throws -> Response {
        let body: JSON
        switch form.first("do") {
        case "freeze"?:
            _ = try await call("setClock", ["mode": "frozen"], context)
            return page.redirect(to: "/__admin/", notice: "the clock stands still")
        case "resume"?:
            _ = try await call("setClock", ["mode": "real"], context)
            return page.redirect(to: "/__admin/", notice: "the clock runs")
        case "idle"?: body = ["until": "idle"]
        default: body = ["by": .string(form.first("by") ?? "")]
        }
        let answer = try await call("advanceClock", body, context)
        let (attempts, pending) = (answer["attempts"]?.integer ?? 0, answer["pending"]?.integer ?? 0)
        return page.redirect(to: "/__admin/", notice: "\(attempts) attempts were made, \(pending) events still wait")
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
        return page.redirect(to: "\(InspectorPage.root)/faults", notice: "the rule is in force")
    }

    private func runScenario(
        _ form: FormFields, _ request: Request, _ context: SimulatorContext
    ) async throws -> Response {
        let text = form.first("scenario") ?? ""
        do {
            let scenario = try ScenarioFile.parse(text)
            let port = context.channel.localAddress?.port ?? 0
            let target = RunningSimulator(url: "http://127.0.0.1:\(port)", adminToken: adminToken)
            let report = await ScenarioRunner(scenario, name: scenario.name ?? "scenario", target: target).run()
            return try await pages.scenarios(request, scenario: text, report: report.json)
        } catch let problems as ScenarioProblems {
            return try await pages.scenarios(request, scenario: text, problems: problems.description)
        }
    }
}
