import StrictJSON
import Webhooks

/// Steps that repeat a request, and expect the status of its response.
extension RecordedSteps {
    /// Adds a step that repeats a request and expects the status of its response, or a note if no step can do that.
    mutating func sendAgain(_ request: RecordedRequest) {
        guard let status = request.status else {
            return leaveOut(request, because: "got no response, which no step can expect")
        }
        guard status < 500 || request.fault != nil else {
            return leaveOut(request, because: "failed for a reason outside of the recording")
        }
        guard !request.isBodyLost else {
            return leaveOut(request, because: "had a body that no step can send")
        }
        guard FormFields.hasWholeEscapes(request.path), FormFields.hasWholeEscapes(request.query) else {
            return leaveOut(request, because: "has a % without digits, which no step can send")
        }
        guard request.operation != .createToken else { return createToken(request, status: status) }
        var body = JSONObject([("method", .string(request.method)), ("path", .string(path(of: request)))])
        guard authorize(request, in: &body) else {
            return leaveOut(request, because: "had a token of which nothing is known")
        }
        // A body that was refused because of its content type would be sent with another one.
        if let sent = request.body, status != 415 { body["body"] = withReceivers(sent) }
        body["status"] = .number(status)
        add(Step(kind: RequestStep.name, body: .object(body)), times: request.times)
    }

    private mutating func add(_ step: Step, times: Int) {
        guard times > 1 else { return steps.append(step) }
        steps.append(
            Step(kind: RepeatStep.name, body: ["times": .number(times), "steps": [Self.json(step.kind, step.body)]]))
    }

    private mutating func leaveOut(_ request: RecordedRequest, because reason: String) {
        let note = "\(request.method) \(request.path) \(reason); it is left out."
        // The same request may have been sent a thousand times, and one note is enough.
        if !notes.contains(note) { notes.append(note) }
    }

    /// Adds the token of the original request where it is needed; otherwise the runner uses its own token, which is
    /// accepted.
    ///
    /// - Returns: `false` if the step would not be refused as the original request was.
    private mutating func authorize(_ request: RecordedRequest, in body: inout JSONObject) -> Bool {
        guard request.operation?.isControl != true else { return true }
        guard case .token(let number) = request.authorization else {
            body["auth"] = false
            return true
        }
        let token: String?
        switch (request.status, request.fault) {
        // A fault may have expired the token, so the step needs the same token if it is known, and else the runner's
        // own.
        case (401?, _?), (403?, _?): token = names.reference(toToken: number)
        // A token that was never issued is always refused.
        case (401?, nil): token = "unknown-token"
        case (403?, nil):
            token = names.reference(toToken: number)
            if token == nil { return false }
        default: token = nil
        }
        if let token { body["headers"] = ["Authorization": .string("Bearer \(token)")] }
        return true
    }

    /// Adds a step that requests a token. A correct secret is replaced by the secret of the runner's client, and a
    /// wrong one by a wrong one.
    private mutating func createToken(_ request: RecordedRequest, status: Int) {
        let sent = tokenRequest(request)
        let isRefused = Self.isMalformed(sent)
        guard request.fault != nil || isRefused == (status == 400) || ![200, 400, 403].contains(status) else {
            return leaveOut(request, because: "was refused for something that is not kept")
        }
        let body: JSON = [
            "method": .string(request.method), "path": .string(path(of: request)), "auth": false, "body": sent,
            "status": .number(status),
        ]
        var step = Step(kind: RequestStep.name, body: body)
        if request.isSuccess, let number = request.issuedToken {
            step.saves = [(names.name(token: number), "access_token")]
        }
        step.isOptional = request.isSuccess && request.fault == nil
        add(step, times: request.times)
    }

    private func tokenRequest(_ request: RecordedRequest) -> JSON {
        var body = (request.body ?? [:]).withoutPlaceholders.object ?? JSONObject()
        let secret: JSON = request.status == 403 && request.fault == nil ? "wrong-secret" : "${client_secret}"
        for (name, value) in [("client_id", "${client_id}"), ("client_secret", secret)] as [(String, JSON)]
        // A value that is not a text is kept, because it is refused for its type.
        where body[name].map({ $0.string != nil }) ?? true { body[name] = value }
        return .object(body)
    }

    /// Returns whether a request for a token is refused because of its body, whatever the client is.
    private static func isMalformed(_ body: JSON) -> Bool {
        do {
            let request = try TokenRequest(authorization: nil, contentType: "application/json", body: body.encoded)
            return request.scope.map { Scope($0)?.isEmpty ?? true } ?? false
        } catch {
            return true
        }
    }

    private mutating func path(of request: RecordedRequest) -> String {
        let path = request.path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            names.knows(String(segment)) ? names.reference(to: String(segment)) : String(segment).withoutPlaceholders
        }.joined(separator: "/")
        guard !request.query.isEmpty else { return path }
        let query = request.query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            guard let equals = pair.firstIndex(of: "="), ["after", "before"].contains(pair[..<equals]),
                let text = try? FormFields.decode(pair[pair.index(after: equals)...].utf8),
                let row = Cursor(text)?.row.description, names.knows(row)
            else { return String(pair).withoutPlaceholders }
            return "\(pair[...equals])\(names.reference(to: row, part: "cursor"))"
        }
        return path + "?" + query.joined(separator: "&")
    }

    /// Returns a body in which endpoints refer to the scenario's receivers and secrets are placeholders, at any depth.
    mutating func withReceivers(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            return .object(JSONObject(object.members.map { ($0.name, withReceivers($0.value, named: $0.name)) }))
        case .array(let elements): return .array(elements.map { withReceivers($0) })
        default: return value.withoutPlaceholders
        }
    }

    private mutating func withReceivers(_ value: JSON, named name: String) -> JSON {
        switch (name, value) {
        case ("endpoint_url", .string(let url)) where receivers.endpoints.contains(url):
            let (receiver, path) = receivers.target(of: url)
            return .string("${\(receiver).url}\(path.withoutPlaceholders)")
        case ("endpoint_url", .string(let url)):
            return .string(RecordedReceivers.refusedAlike(url).withoutPlaceholders)
        case ("secret_key", .string(let secret)): return .string(names.secret(secret))
        default: return withReceivers(value)
        }
    }
}
