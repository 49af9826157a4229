import Hummingbird
import StrictJSON
import Webhooks

/// `GET /__admin/health`: responds once the simulator is running.
struct HealthController: Sendable {
    static let path = "/__admin/health"

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, Self.path, "getHealth", access: .unrestricted, usesStore: false) { _, _ in
            .json(.ok, ["status": "ok", "version": .string(HooksimVersion.current)])
        }
    }
}
