import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Webhooks

/// Serves `GET /__admin/stream`: live updates as server-sent events (WHATWG HTML, 9.2).
struct LiveFeedController: Sendable {
    let feed: LiveFeed

    /// The header fields that keep proxies from caching, compressing or buffering the messages.
    private static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-cache, no-transform", .init("X-Accel-Buffering")!: "no",
    ]

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/stream", "followLiveFeed", query: ["of"]) { try subscribe($0, $1) }
    }

    private func subscribe(_ request: Request, _ context: SimulatorContext) throws -> Response {
        let kinds = try kinds(request)
        let channel = context.channel
        return Response(
            status: .ok,
            headers: Self.headers,
            body: ResponseBody { [feed] writer in
                // A write to a subscriber that does not read never completes, so the connection is closed when the
                // subscriber is dropped.
                let subscriber = feed.subscribe(kinds) { channel.close(promise: nil) }
                defer { feed.leave(subscriber.id) }
                try await withGracefulShutdownHandler {
                    for await chunk in subscriber.chunks {
                        try await writer.write(chunk)
                        feed.acknowledge(chunk.readableBytes, of: subscriber.id)
                    }
                } onGracefulShutdown: {
                    feed.leave(subscriber.id)
                }
                try await writer.finish(nil)
            })
    }

    /// Returns the kinds that `of` lists, or all kinds.
    private func kinds(_ request: Request) throws -> Set<LiveFeed.Kind> {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        guard let text = failure.value(query, "of") else {
            try failure.check()
            return Set(LiveFeed.Kind.allCases)
        }
        let kinds = text.split(separator: ",").map { LiveFeed.Kind(rawValue: String($0)) }
        guard !kinds.isEmpty, !kinds.contains(nil) else {
            let known = LiveFeed.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.validation(
                ValidationFailure("of", .unexpected(expected: "some of \(known), with commas between"), .malformed))
        }
        return Set(kinds.compactMap { $0 })
    }
}
