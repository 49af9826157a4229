import Hummingbird
import StrictJSON
import Webhooks

/// `POST /__admin/expect`: waits until the expected number of rows matches, and counts them after each change.
struct ExpectController: Sendable {
    let expect: Expect

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/expect", "expect", body: .json) { try await expect($0, $1) }
    }

    private func expect(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject())
        let expectation = Expectation(&fields)
        try fields.check()
        guard let expectation else { throw fields.failure }
        let condition = try condition(of: expectation)

        let expect = expect
        // The wait ends when the client disconnects: otherwise, its connection would be kept until the expectation's
        // timeout.
        let result = try await context.channel.whileClientIsConnected { try await expect.run(expectation, condition) }
        if result.isMet { return .json(.ok, ["met": true, "count": .number(result.count)]) }
        var writer = JSONWriter(capacity: result.closest.count + 64)
        writer.beginObject()
        writer.name("met")
        writer.bool(false)
        writer.name("count")
        writer.integer(result.count)
        writer.name("message")
        writer.string(expectation.message(found: result.count))
        writer.name("closest")
        writer.raw(result.closest)
        writer.endObject()
        return .json(.conflict, writer.bytes)
    }

    private func condition(of expectation: Expectation) throws -> Condition {
        var failure = ValidationFailure()
        var condition = Condition()
        for (name, value) in expectation.wanted {
            switch expectation.rows {
            case .requests:
                guard let field = RowField.requests[name] else {
                    failure.addUnknown(name, known: RowField.requests.keys.sorted())
                    continue
                }
                _ = failure.collect("where.\(ValuePath.shown(name))", .unacceptable) { try field.value(value) }
            case .events where name.hasPrefix(PayloadField.prefix):
                _ = failure.collect("where.\(ValuePath.shown(name))", .unacceptable) {
                    try condition.requirePayload(name, equals: value)
                }
            case .events, .attempts:
                let known = expectation.rows == .events ? ConditionFields.events : ConditionFields.attempts
                guard let field = known[name] else {
                    failure.addUnknown(name, known: known.keys.sorted())
                    continue
                }
                _ = failure.collect("where.\(ValuePath.shown(name))", .unacceptable) {
                    try condition.require(field, equals: value, partners: expect.partners)
                }
            }
        }
        try failure.check()
        return condition
    }
}

extension ValidationFailure {
    fileprivate mutating func addUnknown(_ name: String, known: [String]) {
        add(
            "where.\(ValuePath.shown(name))",
            .invalid("is not a field of these rows; they have \(known.joined(separator: ", "))"),
            .unacceptable)
    }
}
