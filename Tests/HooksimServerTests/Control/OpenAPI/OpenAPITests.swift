import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests that the served document describes exactly the operations, parameters and values of the program.
@Suite struct OpenAPITests {
    private struct Operation: Hashable, CustomStringConvertible {
        let method: String
        let path: String
        let id: String

        var description: String { "\(method) \(path) \(id)" }
    }

    private static let methods: Set = ["get", "put", "post", "delete", "patch", "head", "options", "trace"]

    private func document() throws -> JSON { try JSON(parsing: PackageResources.openapi_json) }

    private func operations() throws -> [(operation: Operation, json: JSON)] {
        try #require(try document()["paths"]?.object).members.flatMap { path, item in
            (item.object?.members ?? []).filter { Self.methods.contains($0.name) }.map { method, operation in
                (
                    Operation(
                        method: method.uppercased(), path: path, id: operation["operationId"]?.string ?? "none"),
                    operation
                )
            }
        }
    }

    @Test func `the document is served as it is`() async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/openapi.json")
            #expect(response.status == 200)
            #expect(response.header("Content-Type") == "application/json")
            #expect(response.body == PackageResources.openapi_json)
            #expect(response.json["openapi"]?.string?.hasPrefix("3.1") == true)
            #expect(response.json["info"]?["version"] == .string(HooksimVersion.current))
        }
    }

    @Test func `its operations are the program's routes`() async throws {
        let routes = Set(
            try await Route.documented().map { Operation(method: "\($0.method)", path: $0.path, id: $0.operation) })
        let described = try operations().map(\.operation)
        #expect(Set(described).subtracting(routes) == [], "described, but not there")
        #expect(routes.subtracting(described) == [], "there, but not described")
        #expect(Set(described.map(\.id)).count == described.count, "an operationId is used twice")
    }

    @Test func `what is recorded are operations of the program's routes`() async throws {
        let operations = try await Route.documented().map(\.operation)
        for recorded in RecordedOperation.allCases { #expect(operations.contains(recorded.rawValue), "\(recorded)") }
    }

    @Test func `its query parameters are those of the program's routes`() async throws {
        let document = try document()
        let described = Dictionary(
            uniqueKeysWithValues: try operations().map { ($0.operation.id, queryParameters(of: $0.json, in: document)) }
        )
        for route in try await Route.documented() {
            #expect(described[route.operation] == Set(route.query), "\(route.operation)")
        }
    }

    private func queryParameters(of operation: JSON, in document: JSON) -> Set<String> {
        let parameters = (operation["parameters"]?.array ?? []).map { $0.resolved(in: document) }
        return Set(parameters.filter { $0["in"] == "query" }.compactMap { $0["name"]?.string })
    }

    @Test(
        arguments: [
            ("Topic", Topic.allCases.map(\.rawValue)), ("EventStatus", EventStatus.allCases.map(\.rawValue)),
            ("Scope", Scope.all.names), ("AttemptFailure", AttemptFailure.Kind.allCases.map(\.rawValue)),
        ])
    func `its enumerations are the program's`(schema: String, values: [String]) throws {
        let described = try document()["components"]?["schemas"]?[schema]?["enum"]?.array?.compactMap(\.string)
        #expect(described == values)
    }

    @Test func `what can be expected is what the program knows`() throws {
        let document = try document()
        let schemas = try #require(document["components"]?["schemas"])
        var rows: Set<String> = []
        for (schema, fields) in [
            ("EventExpectation", Set(RowField.events.keys)),
            ("AttemptExpectation", Set(RowField.attempts.keys)),
            ("RequestExpectation", Set(RowField.requests.keys)),
        ] {
            let properties = try #require(schemas[schema]?["properties"])
            rows.insert(try #require(properties["of"]?["const"]?.string))
            let described = properties["where"]?.resolved(in: document)["properties"]?.object?.members.map(\.name) ?? []
            #expect(Set(described) == fields, "\(schema)")
        }
        #expect(rows == Set(Expectation.Rows.allCases.map(\.rawValue)))
        let settings = Set(Settings.names)
        for schema in ["Settings", "SettingsPatch"] {
            #expect(Set(schemas[schema]?["properties"]?.object?.members.map(\.name) ?? []) == settings, "\(schema)")
        }
    }

    @Test func `the fields of its rows are those of the responses`() async throws {
        let schemas = try #require(try document()["components"]?["schemas"])
        let receiver = try await Receiver()
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: receiver.url, token: token)
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "delivered"], count: 1)
            for (schema, path) in [
                ("Subscription", "/webhooks"), ("Event", "/webhooks/events"), ("Attempt", "/__admin/attempts"),
                ("RecordedRequest", "/__admin/requests"), ("Partner", "/__admin/partners"),
            ] {
                let row = try await client.send(.get, path, token: token).json["data"]?.array?.first
                let described = schemas[schema]?["properties"]?.object?.members.map(\.name) ?? []
                #expect(Set(row?.object?.members.map(\.name) ?? []) == Set(described), "\(schema)")
            }
            let event = try await client.event(id)
            #expect(event.object != nil)
        }
        try await receiver.stop()
    }

    /// A parameter that is read is refused if it occurs twice; the control API refuses a parameter that it does not
    /// know.
    @Test func `the query parameters that it names are those that are read`() async throws {
        let document = try document()
        let lists = try operations().filter { $0.operation.method == "GET" && !$0.operation.path.contains("{") }
        let parameters = lists.map { queryParameters(of: $0.json, in: document) }
        let all = parameters.reduce(into: Set(["colour"])) { $0.formUnion($1) }
        #expect(all.count > 12)
        try await withSimulator { client in
            let token = try await client.token()
            for ((operation, _), names) in zip(lists, parameters) where !names.isEmpty {
                // The response of the live feed has no end unless the request is refused.
                for name in all where operation.id != "followLiveFeed" || names.contains(name) {
                    let query = "?\(name)=x&\(name)=x"
                    let response = try await client.send(.get, operation.path + query, token: token)
                    let isRefused = names.contains(name) || operation.path.hasPrefix("/__admin")
                    #expect((response.status == 400) == isRefused, "\(operation) \(name) \(response.text)")
                    guard isRefused else { continue }
                    #expect(response.wrongFields == [name], "\(operation) \(name)")
                    let problem = response.json["validation_errors"]?[name]?.string ?? ""
                    #expect(problem.contains("is not a query parameter") != names.contains(name), "\(response.text)")
                }
            }
        }
    }
}
