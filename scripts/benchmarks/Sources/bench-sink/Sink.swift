import NIOCore
import NIOHTTP1
import NIOPosix

/// A bare SwiftNIO server on a free port of loopback: the receiver of deliveries, and the floor for whatever sends them.
///
/// `POST` counts, `GET` tells what was counted, `DELETE` begins again. Its first line says where it is.
@main
enum Sink {
    static func main() async throws {
        let tally = Tally()
        // One thread, so that the other core is left to whatever sends.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(SinkHandler(tally: tally))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        print(#"{"url":"http://127.0.0.1:\#(server.localAddress?.port ?? 0)"}"#)
        flushOutput()
        try await server.closeFuture.get()
    }
}
