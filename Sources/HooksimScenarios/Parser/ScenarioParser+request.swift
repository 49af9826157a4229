import Webhooks

extension ScenarioParser {
    mutating func request(_ node: ScenarioNode) -> ScenarioAction? {
        let keys = ["method", "path", "headers", "body", "auth", "status", "header", "json", "save"]
        guard let members = mapping(node, "request", keys) else { return nil }
        guard let path = members["path"] else {
            wrong(node.position, "request needs a path; expected one such as /webhooks/events")
            return nil
        }
        var request = RequestStep()
        if let node = members["method"] {
            request.method = word(node, "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) ?? request.method
        }
        if let text = text(path, "path") {
            request.path = text
            if text.first != "/" { wrong(path.position, "path is \(path.name); expected one that starts with /") }
        }
        if let node = members["headers"] { request.headers = texts(node, "headers") }
        if let node = members["body"] { request.body = json(node) }
        if let node = members["auth"] { request.isAuthorized = bool(node, "auth") ?? true }
        if let node = members["status"] { request.status = integer(node, "status", in: 100...599) }
        if let node = members["header"] { request.expectedHeaders = texts(node, "header") }
        if let node = members["json"] { request.json = json(node) }
        if let node = members["save"] { request.save = saves(node) }
        return .request(request)
    }
}
