import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import StrictJSON
import Webhooks

/// Serves `/__admin/listeners`: receivers that get their deliveries over a connection that they open.
struct ListenerController: Sendable {
    let listeners: ListenerRegistry
    let store: Store
    let partners: PartnerRegistry

    /// The header fields that keep proxies from caching, compressing or buffering the messages.
    private static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-cache, no-transform", .init("X-Accel-Buffering")!: "no",
    ]

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/listeners", "openListener", body: .optionalJSON, mayConflict: true) {
            try await open($0, $1)
        }
        routes.add(.get, "/__admin/listeners", "listListeners") { _, _ in
            .json(.ok, ["data": .array(try await all().map(json))])
        }
        routes.add(.get, "/__admin/listeners/{listener_id}", "getListener") { _, context in
            .json(.ok, json(try await one(context)))
        }
        routes.add(
            .post, "/__admin/listeners/{listener_id}/responses", "respondToDelivery", body: .json, usesStore: false,
            mayConflict: true
        ) { try await respond($0, $1) }
    }

    // MARK: Connections

    private func open(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject(isRequired: false))
        let text = fields.string("id")
        let url = fields.string("endpoint_url")
        let id = text.map { ListenerID($0) } ?? ListenerID()
        if id == nil {
            fields.failure.add(
                "id", .unexpected(expected: "\(ListenerID.length) hexadecimal digits in lower case, chosen at random"),
                .unacceptable)
        }
        if let url { _ = fields.failure.collect("endpoint_url", .unacceptable) { try EndpointURL(url) } }
        try fields.check()
        guard let id else { throw fields.failure }

        let connection = try listeners.connect(id, endpointURL: url ?? id.endpointURL)
        let channel = context.channel
        return Response(
            status: .ok, headers: Self.headers,
            body: ResponseBody { [listeners] writer in
                channel.observeDeparture { listeners.disconnect(connection.number) }
                defer {
                    channel.observeDeparture(nil)
                    listeners.disconnect(connection.number)
                }
                // The server ends before the services do, and waits for this response.
                try await withGracefulShutdownHandler {
                    for await chunk in connection.chunks {
                        try await writer.write(chunk)
                        listeners.acknowledge(chunk.readableBytes, of: connection.number)
                    }
                } onGracefulShutdown: {
                    listeners.stop()
                }
                try await writer.finish(nil)
            })
    }

    private func respond(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let id = try listenerID(context)
        var fields = ControlFields(try await request.jsonObject())
        let number = fields.integer("number", in: 1...Int(Int32.max), isRequired: true)
        let status = fields.integer("status", in: 200...599, isRequired: true)
        let headers = Self.headers(&fields)
        let body = fields.string("body").map { Data(base64Encoded: $0) } ?? Data()
        if body == nil { fields.failure.add("body", .unexpected(expected: "bytes in base64"), .unacceptable) }
        try fields.check()
        guard let number, let status, let body else { throw fields.failure }

        let response = ListenerRegistry.Response(status: status, headers: headers, body: Array(body))
        guard listeners.respond(response, to: number, of: id) else {
            throw APIError.conflict(
                "delivery \(number) does not wait for a response of this listener; it may have timed out")
        }
        return .json(.ok, ["accepted": true])
    }

    /// Returns the pairs of names and values in the member `headers`.
    private static func headers(_ fields: inout ControlFields) -> [(name: String, value: String)] {
        let pairs = (fields.array("headers") ?? []).map { pair -> (name: String, value: String)? in
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string,
                HTTPField.Name(name) != nil, HTTPField.isValidValue(value)
            else { return nil }
            return (name, value)
        }
        if pairs.contains(where: { $0 == nil }) {
            fields.failure.add(
                "headers", .unexpected(expected: "an array of arrays with the name and the value of a header"),
                .unacceptable)
        }
        return pairs.compactMap { $0 }
    }

    // MARK: Descriptions

    private struct Listener {
        let id: ListenerID
        let endpointURL: String
        let isConnected: Bool
        var subscriptions: [SubscriptionTable.Row] = []
    }

    /// Returns the connected listeners, and those that are not connected but have active subscriptions.
    private func all() async throws -> [Listener] {
        let connected = listeners.connected
        let rows = try await store.read { session in
            try SubscriptionTable.active(at: connected.map(\.endpointURL), orOfAnyListener: true, session)
        }
        var found = connected.map { Listener(id: $0.id, endpointURL: $0.endpointURL, isConnected: true) }
        for row in rows {
            let url = row.subscription.endpointURL
            if let index = found.firstIndex(where: { $0.endpointURL == url }) {
                found[index].subscriptions.append(row)
            } else if let id = (try? EndpointURL(url))?.listenerID {
                found.append(Listener(id: id, endpointURL: url, isConnected: false, subscriptions: [row]))
            }
        }
        return found
    }

    private func one(_ context: SimulatorContext) async throws -> Listener {
        let id = try listenerID(context)
        let connected = listeners.connected.first { $0.id == id }
        var listener = Listener(
            id: id, endpointURL: connected?.endpointURL ?? id.endpointURL, isConnected: connected != nil)
        listener.subscriptions = try await store.read { [url = listener.endpointURL] session in
            try SubscriptionTable.active(at: [url], orOfAnyListener: false, session)
        }
        guard listener.isConnected || !listener.subscriptions.isEmpty else { throw Self.unknown }
        return listener
    }

    private func listenerID(_ context: SimulatorContext) throws -> ListenerID {
        guard let id = ListenerID(context.parameters.get("listener_id") ?? "") else { throw Self.unknown }
        return id
    }

    private static var unknown: APIError {
        .notFound("there is no listener with that id; GET /__admin/listeners lists them")
    }

    private func json(_ listener: Listener) -> JSON {
        let subscriptions = listener.subscriptions.map { row -> JSON in
            [
                "id": .string(row.subscription.id.description), "topic": .string(row.subscription.topic.rawValue),
                "client_id": .string(partners[clientIDOfRow: row.partner] ?? ""),
                "secret_last_4_digits": .string(row.subscription.secretLast4),
            ]
        }
        return [
            "id": .string(listener.id.description), "endpoint_url": .string(listener.endpointURL),
            "is_connected": .bool(listener.isConnected), "subscriptions": .array(subscriptions),
        ]
    }
}

/// Serves `DELETE /__admin/subscriptions/{subscription_id}`, which needs no token, is not limited and meets no fault
/// rule: what a tool has created for a while, it can end at any time.
struct SubscriptionEndController: Sendable {
    let delete: DeleteSubscription
    let partners: PartnerRegistry

    func addRoutes(to routes: inout Routes) {
        routes.add(.delete, "/__admin/subscriptions/{subscription_id}", "endSubscription") { _, context in
            let row = try await delete.run(try context.identifier("subscription_id"))
            if let clientID = partners[clientIDOfRow: row.partner] {
                context.trace.note(
                    performed: PerformedOperation(
                        operation: .deleteSubscription,
                        parameters: ["subscription_id": row.subscription.id.description], clientID: clientID))
            }
            var writer = JSONWriter(capacity: 512)
            row.subscription.write(to: &writer)
            return .json(.ok, writer.bytes)
        }
    }
}
