import Hummingbird
import StrictJSON
import Webhooks

/// Serves `GET /__admin/requests`: the request log, oldest request first.
struct RequestController: Sendable {
    let log: RequestLog

    func addRoutes(to routes: inout Routes) {
        routes.add(
            .get, "/__admin/requests", "listRequests",
            query: ["method", "path", "client_id", "status", "after_seq", "limit"]
        ) { request, _ in try list(request) }
    }

    private func list(_ request: Request) throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        var wanted: [String: FieldValue] = [:]
        for name in ["method", "path", "client_id"] {
            if let text = failure.value(query, name) { wanted[name] = .text(text) }
        }
        if let text = failure.value(query, "status") {
            if let status = Int(text), (100...599).contains(status), text.first != "+" {
                wanted["status"] = .integer(status)
            } else {
                failure.add("status", .unexpected(expected: "an HTTP status from 100 to 599"), .malformed)
            }
        }
        let (afterSeq, limit) = failure.logPage(query)
        try failure.check()
        let entries = log.entries(after: afterSeq, limit: limit) { $0.matches(wanted) }
        return .json(.ok, ["data": .array(entries.map { .object($0.json) })])
    }
}
