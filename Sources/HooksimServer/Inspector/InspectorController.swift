import HTTPTypes
import Hummingbird
import Webhooks

/// The pages of the inspector, at `/__admin/`, which show the contents of the store and of the logs.
struct InspectorController: Sendable {
    let frame: InspectorFrame
    let overview: OverviewPage
    let trigger: TriggerPage
    let events: EventsPage
    let event: EventPage
    let subscriptions: SubscriptionsPage
    let requests: RequestsPage
    let faults: FaultsPage
    let scenarios: ScenariosPage

    func addRoutes(to routes: inout Routes) {
        let root = InspectorFrame.root
        routes.addPage(.get, InspectorFrame.overview, in: frame) { request, _ in
            // The router takes both paths for the same one, but relative links resolve differently.
            guard request.uri.path.hasSuffix("/") else {
                return Response(status: .found, headers: [.location: InspectorFrame.overview])
            }
            return try await overview.show(request)
        }
        routes.addPage(.get, "\(root)/trigger", in: frame) { request, _ in trigger.show(request) }
        routes.addPage(.get, "\(root)/events", in: frame) { request, _ in try await events.show(request) }
        routes.addPage(.get, "\(root)/events/{id}", in: frame) { try await event.show($0, $1) }
        routes.addPage(.get, "\(root)/subscriptions", in: frame) { request, _ in try await subscriptions.show(request) }
        routes.addPage(.get, "\(root)/requests", in: frame) { request, _ in requests.show(request) }
        routes.addPage(.get, "\(root)/faults", in: frame) { request, _ in faults.show(request) }
        routes.addPage(.get, "\(root)/scenarios", in: frame) { request, _ in try await scenarios.show(request) }
        routes.addPage(.get, "\(root)/style.css") { _, _ in
            InspectorFrame.asset(PackageResources.style_css, "text/css; charset=utf-8")
        }
        routes.addPage(.get, "\(root)/live.js") { _, _ in
            InspectorFrame.asset(PackageResources.live_js, "text/javascript; charset=utf-8")
        }
    }
}
