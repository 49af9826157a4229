import Hummingbird
import Webhooks

/// Health, and the description of both APIs.
struct HealthController: Sendable {
    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/health", "getHealth") { _, _ in
            .json(.ok, ["status": "ok", "version": .string(HooksimVersion.current)])
        }
        routes.add(.get, "/__admin/openapi.json", "getOpenAPI") { _, _ in .json(.ok, PackageResources.openapi_json) }
    }
}
