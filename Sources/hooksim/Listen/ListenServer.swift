import HooksimServer
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The HTTP server of `hooksim listen --port`.
struct ListenServer: Sendable {
    /// The port that it listens on.
    let port: Int
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    /// Starts a server, and returns once it accepts connections.
    ///
    /// - Throws: ``CommandFailure`` if it can't listen on the address.
    static func start(
        host: String, port: Int, respond: @escaping @Sendable (ReceivedDelivery) async throws -> DeliveryResponse
    ) async throws -> ListenServer {
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            try await respond(try await ReceivedDelivery(request)).http
        }
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let logger = Logger(label: "hooksim.listen") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: responder, server: ReceiverServer.builder,
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                announce.yield(channel.localAddress?.port ?? 0)
                announce.finish()
            }, logger: logger)
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(200)
        let group = ServiceGroup(configuration: configuration)
        let task = Task {
            // The stream ends with the server, also if it could not start.
            defer { announce.finish() }
            try await group.run()
        }
        for await port in ports { return ListenServer(port: port, group: group, task: task) }
        do {
            try await task.value
        } catch {
            throw CommandFailure(description: describe(error, host: host, port: port))
        }
        throw CommandFailure(description: "the server on \(host):\(port) stopped at once")
    }

    /// Stops the server.
    func stop() async {
        await group.triggerGracefulShutdown()
        _ = await task.result
    }

    private static func describe(_ error: any Error, host: String, port: Int) -> String {
        let place = "\(host):\(port)"
        guard let error = error as? IOError else { return "listening on \(place) failed: \(error)" }
        return switch error.errnoCode {
        case EADDRINUSE:
            "\(place) is in use; stop what uses it, choose another --port, or leave --port out, since listen needs none"
        case EACCES: "listening on \(place) is not permitted; choose a --port above 1023"
        case EADDRNOTAVAIL: "this machine has no address \(host); choose another --host"
        default: "listening on \(place) failed: \(error)"
        }
    }
}
