import HooksimClient
import NIOHTTP1
package import StrictJSON

/// Sends a request to the API, and compares its response.
package struct RequestStep: ScenarioAction {
    package static let name = "request"
    package static let schema = """
        description: Sends a request to the simulated API and compares the response. Everything that is expected is optional.
        object:
          method?: {description: The HTTP method., enum: [GET, HEAD, POST, PUT, PATCH, DELETE], default: GET}
          path: {description: The path and query., type: string, pattern: ^/, examples: ['/webhooks/events?status=failed']}
          headers?:
            description: Headers to send; an Authorization among them takes the place of the scenario's own token.
            $ref: headers
          body?: {description: 'What to send, as JSON.'}
          auth?: {description: '`false` sends no token.', type: boolean, default: true}
          status?: {description: The status that is expected., type: integer, minimum: 100, maximum: 599}
          header?: {description: 'Headers that are expected, with their exact values.', $ref: headers}
          json?: {description: 'What the response must contain: objects may have more members than here, lists not more elements.'}
          save?:
            description: >-
              Names and the paths of the values to keep from the response, such as `cursor: end_cursor` or `first: data.0.id`.
            type: object
            propertyNames: {pattern: '^[A-Za-z0-9_]+$'}
            additionalProperties:
              description: 'The path of the value: names and positions, with dots between.'
              type: [string, integer]
        """

    /// The method.
    package var method = "GET"
    /// The path with its query.
    package var path = ""
    /// The headers of the request.
    package var headers: [String: String] = [:]
    /// The body of the request; `nil` for none.
    package var body: JSON?
    /// Whether the request has a token.
    package var isAuthorized = true
    /// The expected status; `nil` for any.
    package var status: Int?
    /// The expected headers.
    package var expectedHeaders: [String: String] = [:]
    /// The expected body: objects in the response may have more members, arrays must not have more elements.
    package var json: JSON?
    /// The paths of values in the response that are saved under a name, so that later steps can use them as `${name}`.
    package var save: [(name: String, path: String)] = []

    package static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        let keys = ["method", "path", "headers", "body", "auth", "status", "header", "json", "save"]
        guard let members = parser.mapping(node, name, keys) else { return nil }
        guard let path = members["path"] else {
            parser.wrong(node.position, "request needs a path; expected one such as /webhooks/events")
            return nil
        }
        var request = Self()
        if let node = members["method"] {
            let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
            request.method = parser.word(node, "method", methods) ?? request.method
        }
        if let text = parser.text(path, "path") {
            request.path = text
            if text.first != "/" {
                parser.wrong(path.position, "path is \(path.name); expected one that starts with /")
            }
        }
        if let node = members["headers"] { request.headers = parser.texts(node, "headers") }
        if let node = members["body"] { request.body = parser.json(node) }
        if let node = members["auth"] { request.isAuthorized = parser.bool(node, "auth") ?? true }
        if let node = members["status"] { request.status = parser.integer(node, "status", in: 100...599) }
        if let node = members["header"] { request.expectedHeaders = parser.texts(node, "header") }
        if let node = members["json"] { request.json = parser.json(node) }
        if let node = members["save"] { request.save = parser.saves(node) }
        return request
    }

    package var title: String { "request \(method) \(path)" }

    package func run(in runner: isolated ScenarioRunner) async throws {
        let found = try await check(runner.session, runner.values)
        runner.values.merge(found)
        await runner.waitUntilIdle()
    }

    /// Sends the request, compares its response, and returns the values to save.
    ///
    /// - Throws: ``StepFailure`` with all differences.
    private func check(_ session: ScenarioSession, _ known: ScenarioValues) async throws -> [String: String] {
        let path = known.filling(path)
        let response = try await session.request(
            HTTPMethod(rawValue: method), path, body: body.map { known.filling($0) },
            headers: headers.mapValues { known.filling($0) }, isAuthorized: isAuthorized)
        var differences: [String] = []
        if let status, response.status != status {
            differences.append("status is \(response.status), expected \(status)")
        }
        for (name, expected) in expectedHeaders.sorted(by: { $0.key < $1.key }) {
            let found = response.headers.first(name: name)
            if found != known.filling(expected) {
                differences.append("header \(name) is \(found ?? "missing"), expected \(expected)")
            }
        }
        if let json, let mismatch = response.json.mismatch(with: known.filling(json)) {
            differences.append(mismatch)
        }
        var values: [String: String] = [:]
        for save in self.save {
            switch response.json.value(at: save.path) {
            case .string(let text)?: values[save.name] = text
            case nil: differences.append("\(save.path) is missing, so \(save.name) can't be saved")
            case let value?: values[save.name] = value.description
            }
        }
        guard differences.isEmpty else {
            let body = String(decoding: response.body.prefix(600), as: UTF8.self)
            throw StepFailure(
                "\(method) \(path): \(differences.joined(separator: "; "))\nthe response was \(response.status) \(body)"
            )
        }
        return values
    }
}
