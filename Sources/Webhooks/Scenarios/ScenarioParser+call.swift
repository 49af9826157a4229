extension ScenarioParser {
    mutating func call(_ node: ScenarioNode) -> ScenarioAction? {
        let keys = ["method", "path", "headers", "body", "auth", "status", "header", "json", "save"]
        guard let members = mapping(node, "call", keys) else { return nil }
        guard let path = members["path"] else {
            wrong(node.position, "call needs a path; expected one such as /webhooks/events")
            return nil
        }
        var call = ScenarioCall()
        if let node = members["method"] {
            call.method = word(node, "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) ?? call.method
        }
        if let text = text(path, "path") {
            call.path = text
            if text.first != "/" { wrong(path.position, "path is \(path.name); expected one that starts with /") }
        }
        if let node = members["headers"] { call.headers = texts(node, "headers") }
        if let node = members["body"] { call.body = json(node) }
        if let node = members["auth"] { call.isAuthorized = bool(node, "auth") ?? true }
        if let node = members["status"] { call.status = integer(node, "status", in: 100...599) }
        if let node = members["header"] { call.expectedHeaders = texts(node, "header") }
        if let node = members["json"] { call.json = json(node) }
        if let node = members["save"] { call.save = saves(node) }
        return .call(call)
    }
}
