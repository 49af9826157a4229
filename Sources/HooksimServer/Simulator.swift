import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import SQLite
import Synchronization
public import UnixSignals
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A simulator that runs in this process.
///
/// ```swift
/// let simulator = try await Simulator.start()
/// // point the client at simulator.url
/// try await simulator.stop()
/// ```
public final class Simulator: Sendable {
    /// The base URL of the simulator, for example `http://127.0.0.1:49152`.
    public let url: String
    /// The certificate, in PEM, of the authority that the simulator created at start and that clients have to trust.
    ///
    /// It is `nil` without TLS and with a certificate from files.
    public let certificateAuthority: String?
    /// The seed of all generated ids, tokens and jitter, and of the samples of faults.
    public let seed: UInt64

    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    private init(
        url: String, certificateAuthority: String?, seed: UInt64, group: ServiceGroup, task: Task<Void, any Error>
    ) {
        self.url = url
        self.certificateAuthority = certificateAuthority
        self.seed = seed
        self.group = group
        self.task = task
    }

    /// Starts a simulator and returns once it accepts connections.
    ///
    /// - Parameters:
    ///   - options: The options of the simulator; by default, it listens on any free port and has its store in memory.
    ///   - signals: The signals that shut the simulator down gracefully, for a process that runs nothing else.
    /// - Returns: The running simulator.
    /// - Throws: ``SimulatorError`` if the store can't be used or the simulator can't listen on its address.
    public static func start(
        _ options: SimulatorOptions = SimulatorOptions(), gracefulShutdownSignals signals: [UnixSignal] = []
    ) async throws -> Simulator {
        guard options.isProtected else {
            throw SimulatorError(
                description: "\(options.host) is not a loopback address, so the control API needs an admin token")
        }
        let (running, announce) = AsyncStream<Int>.makeStream()
        let parts: SimulatorParts
        do {
            parts = try SimulatorParts(options) { channel in
                announce.yield(channel.localAddress?.port ?? 0)
                announce.finish()
            }
        } catch let error as SQLiteError {
            throw SimulatorError(
                description: "the store \(options.store) can't be used: \(error.message); "
                    + "start with a backup of it, or name another file with --store")
        } catch {
            throw SimulatorError(description: "\(error)")
        }
        var configuration = ServiceGroupConfiguration(
            services: [parts.application], gracefulShutdownSignals: signals, logger: options.logger)
        // A receiver that does not respond, or a client that keeps its connection open, must not keep the process.
        configuration.maximumGracefulShutdownDuration = options.limits.shutdown
        let group = ServiceGroup(configuration: configuration)
        let task = Task {
            defer { announce.finish() }
            let result: Result<Void, any Error>
            do {
                try await group.run()
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try? await parts.delivery.sender.shutdown()
            try? await parts.storage.recorder.recordStop()
            try? await parts.storage.store.close()
            try result.get()
        }
        for await port in running {
            let scheme = parts.identity == nil ? "http" : "https"
            return Simulator(
                url: "\(scheme)://\(options.reachableHost):\(port)", certificateAuthority: parts.identity?.authority,
                seed: parts.storage.seed,
                group: group, task: task)
        }
        do {
            try await task.value
        } catch {
            throw SimulatorError(description: Self.describe(error, options))
        }
        throw SimulatorError(description: "the server stopped before it accepted connections")
    }

    /// Starts a simulator, runs `body` with it, and stops it afterwards, also if `body` throws.
    ///
    /// - Parameters:
    ///   - options: The options of the simulator; by default, it listens on any free port and has its store in memory.
    ///   - body: A closure that uses the simulator.
    /// - Returns: The value that `body` returns.
    /// - Throws: ``SimulatorError`` if the simulator can't be started, or the error that `body` throws.
    public static func with<Result>(
        _ options: SimulatorOptions = SimulatorOptions(), _ body: (Simulator) async throws -> Result
    ) async throws -> Result {
        let simulator = try await start(options)
        do {
            let result = try await body(simulator)
            try await simulator.stop()
            return result
        } catch {
            try? await simulator.stop()
            throw error
        }
    }

    /// Stops accepting connections, finishes the deliveries in progress, and returns when the simulator has stopped.
    ///
    /// - Throws: The error with which the server failed, if it did.
    public func stop() async throws {
        await group.triggerGracefulShutdown()
        try await task.value
    }

    /// Returns when the simulator has stopped.
    ///
    /// - Throws: The error with which the server failed, if it did.
    public func waitUntilStopped() async throws { try await task.value }

    private static func describe(_ error: any Error, _ options: SimulatorOptions) -> String {
        let place = "\(options.host):\(options.port)"
        guard let error = error as? IOError else { return "the server on \(place) failed: \(error)" }
        return switch error.errnoCode {
        case EADDRINUSE: "\(place) is in use; stop what uses it, or choose another --port (0 is any free one)"
        case EACCES: "listening on \(place) is not permitted; choose a --port above 1023"
        case EADDRNOTAVAIL: "this machine has no address \(options.host); choose another --host"
        default: "listening on \(place) failed: \(error)"
        }
    }
}

/// The reason why a simulator could not be started, described for its user.
public struct SimulatorError: Error, CustomStringConvertible {
    /// The reason, and what the user can do about it.
    public let description: String

    /// Creates an error with a description.
    package init(description: String) { self.description = description }
}
