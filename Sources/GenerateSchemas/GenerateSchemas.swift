import Foundation
import HooksimServer
import StrictJSON

/// Writes the OpenAPI document and the JSON Schema of scenarios from the definitions of the program and from
/// hand-written parts.
///
/// With `--check` it writes nothing, and fails if a committed file differs from the generated one. It runs in the
/// project's folder.
@main enum GenerateSchemas {
    static func main() async {
        do {
            let arguments = CommandLine.arguments.dropFirst()
            guard arguments.allSatisfy({ $0 == "--check" }) else {
                throw GenerationError("the only option is --check, not \(arguments.joined(separator: " "))")
            }
            let files = [
                ("Sources/HooksimServer/Control/OpenAPI/openapi.json", try await openAPI()),
                ("fixtures/scenario.schema.json", try scenario()),
            ]
            for (path, document) in files {
                try arguments.isEmpty ? write(document, to: path) : check(document, in: path)
            }
        } catch {
            FileHandle.standardError.write(Data("generate-schemas: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func openAPI() async throws -> JSON {
        let parts = try SchemaPart.all(in: "Sources/HooksimServer", endingWith: ".openapi.yaml")
        return try OpenAPIGenerator(parts: parts, routes: try await Route.documented()).document()
    }

    private static func scenario() throws -> JSON {
        let folder = "Sources/HooksimScenarios/Parser"
        let parts = try SchemaPart.all(in: folder, endingWith: ".schema.yaml")
        return try SchemaPart.naming(folder) { try ScenarioSchemaGenerator(parts: parts).document() }
    }

    private static func write(_ document: JSON, to path: String) throws {
        let text = document.indented + "\n"
        guard text != (try? read(path)) else { return }
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        print("\(path) is written")
    }

    private static func check(_ document: JSON, in path: String) throws {
        guard document.indented + "\n" == (try? read(path)) else {
            throw GenerationError("\(path) is not what its definitions say; run scripts/generate-schemas and commit it")
        }
        print("\(path) is up to date")
    }

    private static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
}

/// The reason for which a schema can't be generated.
struct GenerationError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
