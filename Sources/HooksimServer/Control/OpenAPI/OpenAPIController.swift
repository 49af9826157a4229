import Hummingbird
import NIOCore
import StrictJSON
import Synchronization
import Webhooks

/// `GET /__admin/openapi.json`: the OpenAPI document of both APIs, or of the simulated one, in version 3.1 or 3.0.
struct OpenAPIController: Sendable {
    private let documents = OpenAPIDocuments()

    func addRoutes(to routes: inout Routes) {
        routes.add(
            .get, "/__admin/openapi.json", "getOpenAPI", query: OpenAPIForm.parameters, usesStore: false
        ) { request, _ in try show(request) }
    }

    private func show(_ request: Request) throws -> Response {
        var failure = ValidationFailure()
        let form = OpenAPIForm(query: try request.queryFields(), failure: &failure)
        try failure.check()
        return .json(.ok, try documents.encoded(as: form))
    }
}

/// The forms of the OpenAPI document. Each is created at the first request for it, since most simulators receive none.
private final class OpenAPIDocuments: Sendable {
    private let encoded = Mutex<[OpenAPIForm: ByteBuffer]>([:])

    func encoded(as form: OpenAPIForm) throws -> ByteBuffer {
        try encoded.withLock { encoded in
            if let known = encoded[form] { return known }
            let buffer = try Self.encode(as: form)
            encoded[form] = buffer
            return buffer
        }
    }

    private static func encode(as form: OpenAPIForm) throws -> ByteBuffer {
        let written = PackageResources.openapi_json
        if form == OpenAPIForm() { return ByteBuffer(bytes: written) }
        return ByteBuffer(string: form.document(from: try JSON(parsing: written)).indented + "\n")
    }
}
