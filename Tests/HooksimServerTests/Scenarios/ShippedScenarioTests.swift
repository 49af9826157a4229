import Foundation
import HooksimScenarios
import StrictJSON
import Webhooks
@testable import HooksimServer
import Testing

/// Tests of the scenarios in fixtures/ and of the schema that editors check them with.
@Suite struct ShippedScenarioTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures")

    static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: fixtures.appending(path: path)), as: UTF8.self)
    }

    private static func schema() throws -> JSON { try JSON(parsing: text("scenario.schema.json").utf8) }

    static let files: [String] = ["scenarios", "receivers"].flatMap { folder in
        let path = fixtures.appending(path: folder).path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(folder)/\($0)" }
    }

    @Test func `there are scenarios of every kind of incident`() {
        #expect(Self.files.count { $0.hasPrefix("scenarios/") } >= 13)
        #expect(Self.files.contains("receivers/correct.yaml") && Self.files.contains("receivers/buggy.yaml"))
    }

    @Test(arguments: files)
    func `a shipped scenario can be read, has a name of its own and a story`(file: String) throws {
        let text = try Self.text(file)
        let scenario = try ScenarioFile.parse(text, from: .file)
        #expect(!scenario.steps.isEmpty)
        let others = Self.files.filter { $0 != file }
        #expect(!others.contains { (try? ScenarioFile.parse(Self.text($0), from: .file))?.name == scenario.name })
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == "# yaml-language-server: $schema=../scenario.schema.json")
        #expect(lines.dropFirst().prefix { $0.hasPrefix("# ") }.count >= 2)
    }

    /// Scenarios with an unknown key in each mapping, and the path of that mapping in the schema.
    static let mappings: [(text: String, schema: String)] = [
        ("'?': 1\nsteps: [{ retry: {} }]", "properties"),
        ("settings: { '?': 1 }\nsteps: [{ retry: {} }]", "$defs.settings.properties"),
        ("receivers: { a: { '?': 1 } }\nsteps: [{ retry: {} }]", "$defs.receiver.properties"),
        (
            "receivers: { a: { respond: { '?': 1, status: 200 } } }\nsteps: [{ retry: {} }]",
            "$defs.response.anyOf.1.properties"
        ),
        (
            "receivers: { a: { responses: [{ '?': 1, topic: invoice_paid, respond: 200 }] } }\nsteps: [{ retry: {} }]",
            "$defs.eventResponse.properties"
        ),
        ("steps: [{ '?': 1 }]", "$defs.step.properties"),
        ("steps: [{ subscribe: { '?': 1 } }]", "$defs.step.properties.subscribe.properties"),
        ("steps: [{ unsubscribe: { '?': 1 } }]", "$defs.step.properties.unsubscribe.properties"),
        ("steps: [{ trigger: { '?': 1 } }]", "$defs.step.properties.trigger.properties"),
        ("steps: [{ expect: { '?': 1 } }]", "$defs.step.properties.expect.properties"),
        ("steps: [{ request: { '?': 1 } }]", "$defs.step.properties.request.properties"),
        ("steps: [{ repeat: { '?': 1 } }]", "$defs.step.properties.repeat.properties"),
        ("steps: [{ fault: { '?': 1 } }]", "$defs.faultRule.properties"),
        ("steps: [{ fault: { target: api, match: { '?': 1 } } }]", "$defs.requestMatch.properties"),
        ("steps: [{ fault: { target: delivery, match: { '?': 1 } } }]", "$defs.deliveryMatch.properties"),
        ("steps: [{ fault: { target: api, effect: { status: 500, '?': 1 } } }]", "$defs.requestEffect.properties"),
        ("steps: [{ fault: { target: delivery, effect: { '?': 1 } } }]", "$defs.deliveryEffect.properties"),
        ("steps: [{ expect: { of: events, where: { '?': 1 } } }]", "$defs.eventFields.properties"),
        ("steps: [{ expect: { of: attempts, where: { '?': 1 } } }]", "$defs.attemptFields.properties"),
        ("steps: [{ expect: { of: requests, where: { '?': 1 } } }]", "$defs.requestFields.properties"),
    ]

    @Test(arguments: mappings)
    func `the schema has the keys that the program knows`(text: String, schema: String) throws {
        let problems = try #require(throws: ScenarioProblems.self) { try ScenarioFile.parse(text, from: .file) }
            .problems
        // The message for an unknown key lists all keys that the program knows.
        let known = problems.compactMap { problem in
            problem.message.firstRange(of: "?; expected ").map { problem.message[$0.upperBound...] }
        }
        let names = try #require(known.first).split(separator: ", ").map(String.init).sorted()
        #expect(try Self.schema().value(at: schema)?.object?.members.map(\.name).sorted() == names)
    }

    /// Lists of words in the schema, and the words that the program accepts.
    static let lists: [(schema: String, words: [String])] = [
        ("$defs.topic.enum", Topic.allCases.map(\.rawValue)),
        ("properties.profile.enum", Profile.allCases.map(\.rawValue)),
        ("$defs.step.properties.fault.anyOf.0.enum", FaultPreset.allCases.map(\.rawValue)),
        ("$defs.faultRule.properties.target.enum", FaultTarget.allCases.map(\.rawValue)),
        ("$defs.requestMatch.properties.operation.enum", Operation.allCases.map(\.rawValue)),
        ("$defs.requestEffect.properties.connection.enum", APIFault.Connection.allCases.map(\.rawValue)),
        ("$defs.deliveryEffect.properties.connection.enum", DeliveryFault.Connection.allCases.map(\.rawValue)),
        ("$defs.eventFields.properties.status.enum", EventStatus.allCases.map(\.rawValue)),
        ("$defs.attemptFields.properties.outcome.enum", ["delivered", "failed"]),
        ("$defs.attemptFields.properties.failure.enum", AttemptFailure.Kind.allCases.map(\.rawValue)),
    ]

    @Test(arguments: lists)
    func `the schema has the words that the program takes`(schema: String, words: [String]) throws {
        #expect(try Self.schema().value(at: schema)?.array?.compactMap(\.string).sorted() == words.sorted())
    }

    @Test(arguments: [
        ("eventFields", RowField.events), ("attemptFields", RowField.attempts),
        ("requestFields", RowField.requests),
    ])
    func `the schema has the kinds of values that rows are found by`(schema: String, fields: [String: RowField])
        throws
    {
        let properties = try Self.schema().value(at: "$defs.\(schema).properties")
        for (name, field) in fields {
            let kind: String? =
                switch field {
                case .identifier: "wantedId"
                case .text, .client: "wantedText"
                case .integer: "wantedNumber"
                case .topic: "topic"
                case .single: "single"
                case .status, .failure: nil
                }
            #expect(properties?[name]?["$ref"]?.string == kind.map { "#/$defs/\($0)" }, "\(name)")
        }
    }

    @Test func `the names of steps in the schema are its properties`() throws {
        let step = try Self.schema().value(at: "$defs.step")
        #expect(
            step?["propertyNames"]?["enum"]?.array?.compactMap(\.string)
                == step?["properties"]?.object?.members.map(\.name))
    }

    /// An editor shows the descriptions in the schema as help.
    @Test func `everything in the schema is described`() throws {
        var missing: [String] = []
        func visit(_ node: JSON, _ path: String) {
            for (name, value) in node["properties"]?.object?.members ?? [] where value.object != nil {
                if value["description"]?.string == nil, value["$ref"] == nil { missing.append("\(path).\(name)") }
            }
            for (name, value) in node.object?.members ?? [] where !["if", "then", "else"].contains(name) {
                visit(value, "\(path).\(name)")
            }
            for (index, value) in (node.array ?? []).enumerated() { visit(value, "\(path).\(index)") }
        }
        let schema = try Self.schema()
        visit(schema, "")
        for (name, value) in schema["$defs"]?.object?.members ?? [] where value["description"]?.string == nil {
            missing.append("$defs.\(name)")
        }
        #expect(missing.filter { !$0.contains(".allOf.") }.isEmpty)
    }
}
