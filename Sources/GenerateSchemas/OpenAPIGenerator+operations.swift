import HooksimServer
import StrictJSON
import Webhooks

extension OpenAPIGenerator {
    /// Returns all operations by path and method: the description of each in a part, completed by the properties of its
    /// route.
    ///
    /// - Throws: a ``GenerationError`` if a part and the routes do not have the same operations.
    func paths() throws -> JSON {
        let described = section("operations")
        var paths = JSONObject()
        for route in routes {
            guard let words = described.first(where: { $0.name == route.operation })?.value.object else {
                throw GenerationError(
                    "no part describes the operation \(route.operation); add it to the .openapi.yaml beside its controller"
                )
            }
            var item = paths[route.path]?.object ?? JSONObject()
            item[route.verb.lowercased()] = .object(
                try SchemaPart.naming("operation \(route.operation)") { try operation(route, words) })
            paths[route.path] = .object(item)
        }
        for (name, _) in described where !routes.contains(where: { $0.operation == name }) {
            throw GenerationError("there is no route of the operation \(name), which a part describes")
        }
        return .object(paths)
    }

    private func operation(_ route: Route, _ words: JSONObject) throws -> JSONObject {
        var operation = JSONObject([
            ("operationId", .string(route.operation)), ("tags", [.string(route.access.tag)]),
            ("summary", words["summary"] ?? ""), ("description", words["description"] ?? ""),
            ("security", route.access.security),
        ])
        let parameters = try self.parameters(of: route, words["parameters"]?.object ?? JSONObject())
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        operation["requestBody"] = try requestBody(of: route, words)
        operation["responses"] = try responses(of: route, words)
        if let callback = words["callback"]?.string {
            operation["callbacks"] = ["delivery": [callback: ["post": try deliveryOperation()]]]
        }
        return operation
    }

    /// Returns the parameters of the path and of the query: each as the operation's part describes it, or else the
    /// shared one of that name.
    private func parameters(of route: Route, _ own: JSONObject) throws -> [JSON] {
        let shared = section("parameters")
        let names = route.pathParameters + route.query
        for (name, _) in own.members where !names.contains(name) {
            throw GenerationError("the route has no parameter \(name)")
        }
        return try names.map { name in
            let place = route.pathParameters.contains(name) ? "path" : "query"
            if case .object(let given)? = own[name] {
                var parameter = JSONObject([("name", .string(name)), ("in", .string(place))])
                if place == "path" { parameter["required"] = true }
                for (key, value) in try withSchema(given).members { parameter[key] = value }
                return .object(parameter)
            }
            let wanted = own[name]?.string
            let found = shared.first { shared in
                if let wanted { return shared.name == wanted }
                return shared.value["name"]?.string == name && shared.value["in"]?.string == place
            }
            guard let found else { throw GenerationError("the parameter \(name) is not described") }
            return Self.reference("parameters", found.name)
        }
    }

    private func requestBody(of route: Route, _ words: JSONObject) throws -> JSON? {
        guard let body = route.body else {
            guard words["request"] == nil else { throw GenerationError("the route takes no body") }
            return nil
        }
        guard let request = words["request"] else { throw GenerationError("the body is not described") }
        var content = JSONObject([("schema", try expansion.schema(request))])
        if let examples = words["examples"]?.object {
            content["examples"] = .object(JSONObject(examples.members.map { ($0.name, ["value": $0.value]) }))
        }
        let type = body == .form ? "application/x-www-form-urlencoded" : "application/json"
        return ["required": .bool(body != .optionalJSON), "content": [type: .object(content)]]
    }

    private func responses(of route: Route, _ words: JSONObject) throws -> JSON {
        guard let success = words["response"]?.object else { throw GenerationError("the response is not described") }
        var responses = JSONObject()
        responses[String(success["status"]?.integer ?? 200)] = .object(try response(success))
        for (status, name) in route.errors { responses[String(status)] = Self.reference("responses", name) }
        for (status, words) in words["responses"]?.object?.members ?? [] {
            responses[status] = .object(try response(words.object ?? JSONObject()))
        }
        return .object(JSONObject(responses.members.sorted { $0.name < $1.name }))
    }
}

extension Route {
    /// The names of the parameters in the path.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.first == "{" }.map { String($0.dropFirst().dropLast()) }
    }

    /// The statuses of the errors that follow from the properties of the route, and the names of their responses.
    var errors: [(status: Int, response: String)] {
        let isToken = access == .credentials
        let isSimulated = if case .token = access { true } else { false }
        let own = isToken ? "Token" : ""
        var errors = [
            (400, isToken ? "TokenBadRequest" : isSimulated ? "BadRequest" : "AdminBadRequest"),
            (405, own + "MethodNotAllowed"), (417, own + "ExpectationFailed"), (431, own + "HeadersTooLarge"),
        ]
        switch access {
        case .unrestricted, .page: break
        case .credentials: errors.append((403, "TokenInvalidClient"))
        case .token: errors += [(401, "Unauthorized"), (403, "InsufficientScope"), (429, "TooManyRequests")]
        case .control: errors += [(401, "AdminUnauthorized"), (403, "AdminForbidden"), (429, "AdminTooManyGuesses")]
        }
        if body != nil { errors += [(413, own + "ContentTooLarge"), (415, own + "UnsupportedMediaType")] }
        if let body, body != .form { errors.append((422, isSimulated ? "Unprocessable" : "AdminUnprocessable")) }
        if usesStore { errors.append((503, own + "Unavailable")) }
        if !pathParameters.isEmpty || mayBeUnknown { errors.append((404, "NotFound")) }
        if mayConflict { errors.append((409, "Conflict")) }
        return errors
    }
}

extension Route.Access {
    fileprivate var tag: String {
        switch self {
        case .credentials: "oauth"
        case .token: "webhooks"
        case .unrestricted, .control, .page: "control"
        }
    }

    fileprivate var security: JSON {
        switch self {
        case .unrestricted, .page: [[:]]
        case .credentials: [["clientBasic": []], [:]]
        case .token(let scope):
            [["clientCredentials": .array(scope.names.map { .string($0) })], ["bearerAuth": []]]
        case .control: [[:], ["adminToken": []]]
        }
    }
}
