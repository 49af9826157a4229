import Hummingbird
import StrictJSON
import Webhooks

/// `GET` and `PATCH /__admin/settings`: returns and changes the settings.
struct SettingsController: Sendable {
    let settings: SettingsState
    let change: ChangeSettings

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/settings", "getSettings", usesStore: false) { _, _ in
            .json(.ok, .object(settings.current.json))
        }
        routes.add(.patch, "/__admin/settings", "updateSettings", body: .json, usesStore: false) {
            try await update($0, $1)
        }
    }

    private func update(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let changed = try await change.run(try await request.jsonObject())
        return .json(.ok, .object(changed.json))
    }
}
