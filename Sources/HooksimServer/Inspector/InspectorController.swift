import HTTPTypes
import Hummingbird
import Webhooks

/// The inspector's pages, at `/__admin/`: what is in the store and in the journals, for people.
struct InspectorController: Sendable {
    let page: InspectorPage
    let database: Database
    let partners: PartnerRegistry
    let requests: RequestJournal
    let faults: FaultStore
    let rates: DeliveryRates
    let recordings: RecordingController
    let startPartner: StartPartner

    private static let rows = 50

    func addRoutes(to routes: inout Routes) {
        let root = InspectorPage.root
        routes.addPage(.get, "/__admin/") { request, _ in
            // The router takes both for one path, but relative links do not.
            guard request.uri.path.hasSuffix("/") else {
                return Response(status: .found, headers: [.location: "/__admin/"])
            }
            return try await overview(request)
        }
        routes.addPage(.get, "\(root)/trigger") { request, _ in trigger(request) }
        routes.addPage(.get, "\(root)/events") { request, _ in try await events(request) }
        routes.addPage(.get, "\(root)/events/{id}") { try await event($0, $1) }
        routes.addPage(.get, "\(root)/subscriptions") { request, _ in try await subscriptions(request) }
        routes.addPage(.get, "\(root)/calls") { request, _ in calls(request) }
        routes.addPage(.get, "\(root)/faults") { request, _ in faults(request) }
        routes.addPage(.get, "\(root)/scenarios") { request, _ in try await scenarios(request) }
        routes.addPage(.get, "\(root)/style.css") { _, _ in
            InspectorPage.asset(PackageResources.style_css, "text/css; charset=utf-8")
        }
        routes.addPage(.get, "\(root)/live.js") { _, _ in
            InspectorPage.asset(PackageResources.live_js, "text/javascript; charset=utf-8")
        }
    }

    private var clients: [String] { partners.all.map(\.partner.clientID) }

    // MARK: Overview

    private func overview(_ request: Request) async throws -> Response {
        let (counts, latest) = try await database.read { connection in
            (try EventCounts.all(connection), try Self.latestAttempts(connection))
        }
        let attempts = latest.map { attempt -> [String: Any] in
            var row = attempt.shown
            row["ago"] = page.relative(attempt["at"]?.string ?? "")
            row["answer"] = InspectorPage.answer(status: attempt["status_code"], error: attempt["error"])
            return row
        }
        let recent = rates.recent
        let totals = EventStatus.allCases.map { status in
            ["status": status.rawValue, "count": counts.filter { $0.status == status }.map(\.count).reduce(0, +)]
                as [String: Any]
        }
        let topics = Topic.allCases.compactMap { topic -> [String: Any]? in
            let own = counts.filter { $0.topic == topic }
            guard !own.isEmpty else { return nil }
            var row: [String: Any] = ["topic": topic.rawValue, "pending": 0, "delivered": 0, "failed": 0]
            for count in own { row[count.status.rawValue] = count.count }
            return row
        }
        let rules = faults.entries.map { entry -> [String: Any] in
            let json = entry.json
            return [
                "id": entry.id, "target": json["target"]?.string ?? "", "effect": json["effect"]?.description ?? "",
                "hits": entry.hits,
            ]
        }
        return page.render(
            "overview", title: "Overview", request,
            [
                "totals": totals, "topics": topics, "hasTopics": !topics.isEmpty, "attempts": attempts,
                "hasAttempts": !attempts.isEmpty, "faults": rules, "hasFaults": !rules.isEmpty,
                "allTopics": Topic.allCases.map(\.rawValue), "clients": clients, "chart": RateChart.svg(recent),
                "rates": [
                    "delivered": recent.map(\.delivered).reduce(0, +), "failed": recent.map(\.failed).reduce(0, +),
                    "most": recent.map { $0.delivered + $0.failed }.max() ?? 0,
                ],
            ])
    }

    private static func latestAttempts(_ connection: Connection) throws -> [JSON] {
        let rows = try connection.prepare(
            "SELECT \(AttemptRecord.columns) FROM \(AttemptRecord.source) ORDER BY row.seq DESC LIMIT 12")
        var found: [JSON] = []
        while try rows.step() {
            var writer = JSONWriter()
            AttemptRecord.write(rows, clientID: nil, to: &writer)
            found.append(try JSON(parsing: writer.bytes))
        }
        return found
    }

    // MARK: Events

    private func trigger(_ request: Request) -> Response {
        let topic = (try? request.queryFields()).flatMap { $0.first("topic") }.flatMap(Topic.init) ?? .invoicePaid
        let sample = JSON.object(Samples[topic]).indented
        return page.render(
            "trigger", title: "Trigger", request, ["topic": topic.rawValue, "sample": sample, "clients": clients])
    }

    private func events(_ request: Request) async throws -> Response {
        let query = try request.queryFields()
        let chosen = { (name: String) in query.first(name) ?? "" }
        let clientID = chosen("client_id").isEmpty ? startPartner.clientID : chosen("client_id")
        // An empty choice of the form is none.
        let given = FormFields(fields: query.fields.filter { !$0.value.isEmpty && $0.name != "notice" })
        var failure = ValidationFailure()
        var request50 = PageRequest(query: given, failure: &failure)
        request50.limit = Self.rows
        let filter = EventFilter(query: given, failure: &failure)
        var answer = JSON.null
        var problem: String?
        do {
            try failure.check()
            let partner = try partners.find(clientID: clientID)
            answer = try JSON(
                parsing: try await database.read { [request50] in
                    try EventRecord.page(request50, filter, of: partner, $0)
                })
        } catch {
            problem =
                (error as? ValidationFailure)?.fields.map { "\($0.name) \($0.problem)" }.joined(separator: "; ")
                ?? (error as? APIError)?.message ?? "the filter can't be read"
        }
        let rows = (answer["data"]?.array ?? []).map { event -> [String: Any] in
            var row = event.shown
            row["ago"] = page.relative(event["created_at"]?.string ?? "")
            row["last"] = InspectorPage.answer(status: event["last_status_code"], error: event["last_error"])
            return row
        }
        let link = { (name: String, cursor: String, isThere: Bool) -> String? in
            guard isThere, !cursor.isEmpty else { return nil }
            let kept = given.fields.filter { !["after", "before"].contains($0.name) } + [(name, cursor)]
            return "?" + kept.map { "\($0.name)=\(FormFields.encode($0.value))" }.joined(separator: "&")
        }
        var context: [String: Any] = [
            "events": rows, "hasEvents": !rows.isEmpty, "from_date": chosen("from_date"), "to_date": chosen("to_date"),
            "clientOptions": Self.options(clients, chosen: clientID),
            "topicOptions": Self.options(Topic.allCases.map(\.rawValue), chosen: chosen("topic")),
            "statusOptions": Self.options(EventStatus.allCases.map(\.rawValue), chosen: chosen("status")),
        ]
        context["problem"] = problem
        context["newer"] = link(
            "before", answer["start_cursor"]?.string ?? "", answer["has_previous_page"]?.bool ?? false)
        context["older"] = link("after", answer["end_cursor"]?.string ?? "", answer["has_next_page"]?.bool ?? false)
        return page.render("events", title: "Events", request, context)
    }

    private static func options(_ values: [String], chosen: String) -> [[String: Any]] {
        values.map { ["value": $0, "selected": $0 == chosen] }
    }

    private func event(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try context.identifier("id")
        let found = try await database.read { [partners] connection -> (bytes: [UInt8], subscription: Subscription?)? in
            guard let bytes = try EventInspectionController.write(id, partners: partners, connection) else {
                return nil
            }
            let subscription = try connection.first(
                """
                SELECT \(SubscriptionRecord.columns) FROM subscriptions AS row JOIN events USING (subscription)
                WHERE events.id = ?
                """, id
            ) { SubscriptionRecord.read($0, partnerID: id) }
            return (bytes, subscription)
        }
        guard let found, let subscription = found.subscription else {
            return page.render(
                "events", title: "No such event", request, status: .notFound,
                ["problem": "there is no event \(id)", "hasEvents": false])
        }
        let event = try JSON(parsing: found.bytes)
        let payload = event["payload"] ?? .null
        let attempts = (event["attempts"]?.array ?? []).map { shown($0, of: event, to: subscription) }
        var row = event.shown
        row["attempts"] = attempts
        row["hasAttempts"] = !attempts.isEmpty
        row["pretty"] = payload.indented
        row["raw"] = payload.description
        row["next_in"] = event["next_attempt_at"]?.string.map { page.relative($0) }
        return page.render("event", title: "Event", request, ["event": row])
    }

    private func shown(_ attempt: JSON, of event: JSON, to subscription: Subscription) -> [String: Any] {
        var row = attempt.shown
        row["answer"] = InspectorPage.answer(status: attempt["status_code"], error: attempt["error"])
        let headers = attempt["answer"]?["headers"]?.array ?? []
        row["headersText"] = headers.map { "\($0.array?.first?.string ?? ""): \($0.array?.last?.string ?? "")\n" }
            .joined()
        row["body"] = attempt["answer"]?["body"]?.string ?? ""
        var words = [
            "curl -X POST \(InspectorPage.quoted(attempt["endpoint_url"]?.string ?? ""))",
            "-H 'Content-Type: application/json'", "-H 'User-Agent: hooksim/\(HooksimVersion.current)'",
            "-H \(InspectorPage.quoted("X-Webhook-Id: \(event["id"]?.string ?? "")"))",
            "-H 'X-Webhook-Attempt: \(attempt["attempt"]?.integer ?? 1)'",
        ]
        if subscription.secretKey != nil {
            // The secret itself is nothing to be shown; its end tells which one it is.
            words.append("-H \"Authorization: Bearer $SECRET\"   # the one that ends in \(subscription.secretLast4)")
        }
        words.insert(
            "--data-raw \(InspectorPage.quoted((event["payload"] ?? .null).description))",
            at: words.count - (subscription.secretKey == nil ? 0 : 1))
        row["curl"] = words.joined(separator: " \\\n  ")
        return row
    }

    // MARK: Subscriptions, calls, faults, scenarios

    private func subscriptions(_ request: Request) async throws -> Response {
        let below = (try? request.queryFields())?.first("below").flatMap { Int($0) } ?? Int.max
        let names = Dictionary(uniqueKeysWithValues: partners.all.map { ($0.row, $0.partner.clientID) })
        let found = try await database.read { connection -> [(row: Int, client: Int, subscription: Subscription)] in
            let rows = try connection.prepare(
                """
                SELECT \(SubscriptionRecord.columns), row.subscription, row.partner FROM subscriptions AS row
                WHERE row.subscription < ? ORDER BY row.subscription DESC LIMIT ?
                """, below, Self.rows + 1)
            var found: [(row: Int, client: Int, subscription: Subscription)] = []
            while try rows.step() {
                let unused = Identifier(high: 0, low: 0)
                found.append((rows.integer(7), rows.integer(8), SubscriptionRecord.read(rows, partnerID: unused)))
            }
            return found
        }
        let rows = found.prefix(Self.rows).map { _, client, subscription -> [String: Any] in
            var row: [String: Any] = [
                "endpoint": subscription.endpointURL, "topic": subscription.topic.rawValue,
                "client": names[client] ?? "", "state": subscription.isActive ? "active" : "inactive",
                "since": subscription.createdAt.description, "ago": page.relative(subscription.createdAt.description),
            ]
            if subscription.secretKey != nil { row["secret"] = subscription.secretLast4 }
            return row
        }
        var context: [String: Any] = ["rows": rows, "hasRows": !rows.isEmpty]
        if found.count > Self.rows { context["older"] = "?below=\(found[Self.rows - 1].row)" }
        return page.render("subscriptions", title: "Subscriptions", request, context)
    }

    private func calls(_ request: Request) -> Response {
        let query = try? request.queryFields()
        let (path, status) = (query?.first("path") ?? "", query?.first("status") ?? "")
        let below = query?.first("below").flatMap { Int($0) } ?? Int.max
        let found = requests.newest(Self.rows + 1) { entry in
            entry.seq < below && (path.isEmpty || entry.path.hasPrefix(path))
                && (status.isEmpty || entry.status.map(String.init) == status)
        }
        let host = request.head.authority ?? "127.0.0.1:8080"
        let rows = found.prefix(Self.rows).map { entry -> [String: Any] in
            let target = entry.path + (entry.query.isEmpty ? "" : "?" + entry.query)
            var row: [String: Any] = [
                "seq": entry.seq, "at": entry.at.description, "ago": page.relative(entry.at.description),
                "method": entry.method, "target": target, "client": entry.client ?? "",
                "answer": entry.status.map(String.init) ?? "no answer",
                "class": entry.status.map { $0 < 400 } ?? false ? "ok" : "error",
                "curl": Self.curl(entry.method, "http://\(host)\(target)"),
            ]
            row["fault"] = entry.fault
            return row
        }
        var context: [String: Any] = ["rows": rows, "hasRows": !rows.isEmpty, "path": path, "status": status]
        if found.count > Self.rows {
            context["older"] =
                "?path=\(FormFields.encode(path))&status=\(FormFields.encode(status))&below=\(found[Self.rows - 1].seq)"
        }
        return page.render("calls", title: "API calls", request, context)
    }

    /// What would make the same call; its token and its body are the caller's.
    private static func curl(_ method: String, _ url: String) -> String {
        var words = ["curl -X \(InspectorPage.quoted(method)) \(InspectorPage.quoted(url))"]
        words.append("-H \"Authorization: Bearer $TOKEN\"")
        if ["POST", "PUT", "PATCH"].contains(method) {
            words.append("-H 'Content-Type: application/json' --data @body.json")
        }
        return words.joined(separator: " \\\n  ")
    }

    private func faults(_ request: Request) -> Response {
        let rules = faults.entries.map { entry -> [String: Any] in
            [
                "id": entry.id, "target": entry.rule.source["target"]?.string ?? "",
                "rule": JSON.object(entry.rule.source).description, "hits": entry.hits,
            ]
        }
        return page.render(
            "faults", title: "Faults", request,
            [
                "rules": rules, "hasRules": !rules.isEmpty,
                "presets": FaultPreset.allCases.map { ["name": $0.rawValue, "summary": $0.summary] },
            ])
    }

    func scenarios(
        _ request: Request, scenario: String? = nil, report: JSON? = nil, problems: String? = nil
    ) async throws -> Response {
        var context: [String: Any] = [
            "scenario": scenario ?? Self.example,
            "recording": (try? await recordings.recording(of: nil).scenario) ?? "",
        ]
        context["problems"] = problems
        if let report {
            let steps = (report["steps"]?.array ?? []).map { step -> [String: Any] in
                var row = step.shown
                row["outcome"] = step["passed"] == true ? "ok" : "failed"
                row["class"] = step["passed"] == true ? "passed" : "failed"
                return row
            }
            let isPassed = report["passed"] == true
            context["report"] = [
                "name": report["name"]?.string ?? "", "outcome": isPassed ? "passed" : "failed",
                "class": isPassed ? "passed" : "failed", "steps": steps,
            ]
        }
        return page.render("scenarios", title: "Scenarios", request, context)
    }

    private static let example = """
        name: Two failures, then success
        settings: { retry_schedule: [0s, 1m, 10m] }
        receivers:
          shop: { respond: [503, 503, 200] }
        steps:
          - subscribe: { topic: invoice_paid, to: shop }
          - trigger: { topic: invoice_paid }
          - advance: 11m
          - expect: { of: events, where: { status: delivered, attempts: 3 }, count: 1 }
        """
}

extension JSON {
    /// The members as templates take them; what is null is not there.
    var shown: [String: Any] {
        var members: [String: Any] = [:]
        for member in object?.members ?? [] {
            switch member.value {
            case .null: break
            case .string(let text): members[member.name] = text
            case .bool(let value): members[member.name] = value
            case .number, .array, .object: members[member.name] = member.value.description
            }
        }
        return members
    }
}
