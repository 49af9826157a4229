import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Webhooks

/// `GET /__admin/stream`: server-sent events (WHATWG HTML, 9.2) of what happens.
struct StreamController: Sendable {
    let stream: EventStream

    /// What keeps proxies from storing, compressing or collecting the messages before they pass them on.
    private static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-cache, no-transform", .init("X-Accel-Buffering")!: "no",
    ]

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/stream", "watch", query: ["of"]) { request, context in try watch(request, context) }
    }

    private func watch(_ request: Request, _ context: SimulatorContext) throws -> Response {
        let kinds = try kinds(request)
        let channel = context.channel
        return Response(
            status: .ok,
            headers: Self.headers,
            body: ResponseBody { [stream] writer in
                // One who reads nothing never lets a write end, so when it is dropped its connection is closed under it.
                let watcher = stream.watch(kinds) { channel.close(promise: nil) }
                defer { stream.leave(watcher.id) }
                try await withGracefulShutdownHandler {
                    for await chunk in watcher.chunks {
                        try await writer.write(chunk)
                        stream.settle(chunk.readableBytes, of: watcher.id)
                    }
                } onGracefulShutdown: {
                    stream.leave(watcher.id)
                }
                try await writer.finish(nil)
            })
    }

    /// All kinds, or those that `of` lists.
    private func kinds(_ request: Request) throws -> Set<EventStream.Kind> {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        guard let text = failure.value(query, "of") else {
            try failure.check()
            return Set(EventStream.Kind.allCases)
        }
        let kinds = text.split(separator: ",").map { EventStream.Kind(rawValue: String($0)) }
        guard !kinds.isEmpty, !kinds.contains(nil) else {
            let known = EventStream.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.validation(
                ValidationFailure("of", .unexpected(expected: "some of \(known), with commas between"), .malformed))
        }
        return Set(kinds.compactMap { $0 })
    }
}
