import Hummingbird
import Webhooks

/// The page of requests to the simulated API, newest first.
struct RequestsPage: Sendable {
    let frame: InspectorFrame
    let requests: RequestLog

    func show(_ request: Request) -> Response {
        let query = try? request.queryFields()
        let (path, status) = (query?.first("path") ?? "", query?.first("status") ?? "")
        let below = query?.first("below").flatMap { Int($0) } ?? Int.max
        let found = requests.newest(InspectorFrame.rows + 1) { entry in
            entry.seq < below && (path.isEmpty || entry.path.hasPrefix(path))
                && (status.isEmpty || entry.status.map(String.init) == status)
        }
        let host = request.head.authority ?? "127.0.0.1:8080"
        let rows = found.prefix(InspectorFrame.rows).map { row($0, host: host) }
        var context: [String: Any] = [
            "rows": rows, "hasRows": !rows.isEmpty, "path": path, "status": status, "host": host,
            "isFiltered": !path.isEmpty || !status.isEmpty,
        ]
        if found.count > InspectorFrame.rows {
            let seq = found[InspectorFrame.rows - 1].seq
            context["older"] = "?path=\(FormFields.encode(path))&status=\(FormFields.encode(status))&below=\(seq)"
        }
        return frame.render("requests", title: "API requests", request, context)
    }

    private func row(_ entry: RequestLog.Entry, host: String) -> [String: Any] {
        let target = entry.path + (entry.query.isEmpty ? "" : "?" + entry.query)
        var row: [String: Any] = [
            "seq": entry.seq, "time": frame.time(entry.at), "method": entry.method, "target": target,
            "client": entry.client ?? "", "response": entry.status.map(String.init) ?? "no response",
            "class": entry.status.map { $0 < 400 } ?? false ? "ok" : "error",
            "curl": curl(entry, "http://\(host)\(target)"),
        ]
        row["fault"] = entry.fault
        return row
    }

    private func curl(_ entry: RequestLog.Entry, _ url: String) -> String {
        var curl = CurlCommand(entry.method, url)
        if entry.path == TokenController.path {
            curl.add(user: entry.client ?? "sandbox", password: "CLIENT_SECRET")
        } else {
            curl.add(bearer: "TOKEN")
        }
        guard let body = entry.body else { return curl.text() }
        curl.add(header: "Content-Type", "application/json")
        curl.add(body: body)
        return curl.text()
    }
}
