import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Webhooks

@testable import HooksimServer

/// The real simulator with all its parts, but for the socket that it listens on and the network that it sends to.
final class SimulatedWorld: Sendable {
    let parts: SimulatorParts
    let sender: ScriptedSender
    let path: String
    private let services: [Task<Void, Never>]
    let log = LogLines(from: .error)

    /// The settings that each world starts with: few places in a lane and short waits, so that few events meet all that can happen.
    static let settings: Settings = {
        var settings = Settings()
        settings.retrySchedule = [.zero, .seconds(5)]
        settings.deliveryConcurrency = 3
        // No token expires by the clock; those that are refused were revoked.
        settings.tokenLifetime = .longest
        return settings
    }()

    static let clientID = "sandbox"
    static let clientSecret = "sandbox-secret"

    /// Opens a simulator on a store, new or left by another one, and starts its worker.
    ///
    /// - Parameter frozenAt: where its clock is frozen, and where a reset brings it back to.
    init(path: String, seed: UInt64, frozenAt: Timestamp, clock: Ticker) throws {
        self.path = path
        var options = SimulatorOptions()
        options.store = path
        options.seed = seed
        options.frozenAtMilliseconds = frozenAt.milliseconds
        options.settings = Self.settings
        // Most operations on several events take more than one group.
        options.bulkGroupSize = 2
        let logger = log.logger
        options.logger = logger
        sender = ScriptedSender(seed: seed, clock: clock)
        parts = try SimulatorParts(options, sender: sender) { _ in }
        // A scenario over HTTP has connections of its own to the server, which is built for them and never bound.
        let responder = parts.application.responder
        _ = try parts.application.server.buildServer(
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: 0)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { request, writer, channel in
            let response = try await Self.respond(to: request, on: channel, logger, responder)
            try await writer.write(response: response.head, body: response.body)
        }
        services = [
            Task { [worker = parts.delivery.worker] in try? await worker.run() },
            Task { [bulk = parts.bulk] in try? await bulk.run() },
        ]
    }

    private static func respond(
        to request: Request, on channel: any Channel, _ logger: Logger, _ responder: RouterResponder<SimulatorContext>
    ) async throws -> Response {
        let context = SimulatorContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        do {
            return try await responder.respond(to: request, context: context)
        } catch {
            return Response(
                status: .internalServerError, body: ResponseBody(byteBuffer: ByteBuffer(string: "\(error)")))
        }
    }

    /// Has the responder respond to a request.
    ///
    /// - Throws: an error when the client hung up, which is when the task is cancelled.
    func respond(to request: SimulatedRequest) async throws -> SimulatedResponse {
        let channel = NIOAsyncTestingChannel()
        let response = try await Self.respond(
            to: request.request, on: channel, parts.application.logger, parts.application.responder)
        let (bytes, _) = try await response.collected()
        try Task.checkCancellation()
        return SimulatedResponse(status: response.status.code, bytes: bytes)
    }

    /// Copies the files of the store, between two jobs of its queue: what a process that is killed then leaves.
    ///
    /// - Parameter isInWrite: whether a transaction is open then, whose writes are lost.
    func copyFiles(to copy: String, isInWrite: Bool, clock: Ticker) async throws -> Span {
        let copyAll: @Sendable (StoreSession) throws -> Span = { [path] _ in
            let start = clock.next()
            for suffix in ["", "-wal", "-journal"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            return Span(start: start, end: clock.next())
        }
        return try await isInWrite ? parts.storage.store.write(copyAll) : parts.storage.store.read(copyAll)
    }

    /// Ends all that runs and closes the store.
    func stop() async {
        sender.die()
        for service in services { service.cancel() }
        for service in services { await service.value }
        sender.die()
        try? await parts.storage.store.close()
    }
}
