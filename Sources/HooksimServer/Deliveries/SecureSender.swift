import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Webhooks

/// Sends attempts over https.
struct SecureSender: Sendable {
    /// How long a connection may take to be established where the attempt's own deadline is later.
    static let connectTimeout = TimeSpan.seconds(10)

    private let client: HTTPClient
    private let clock: SimulatedClock
    private let names: NameResolver

    init(clock: SimulatedClock, trust: DeliveryTrust, names: NameResolver) {
        self.clock = clock
        self.names = names
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            connectionPool: .init(
                idleTimeout: DeliverySender.idleTimeout,
                // The worker bounds what is under way per subscription; a bound per host would let one endpoint starve another.
                concurrentHTTP1ConnectionsPerHostSoftLimit: 100_000),
            decompression: .disabled)
        configuration.timeout.connect = .milliseconds(Self.connectTimeout.milliseconds)
        configuration.tlsConfiguration = trust.configuration
        // A refused connection is an attempt that failed, and the schedule decides when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { channel in
            do {
                try AttemptFailure.checkAddress(of: channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            } catch {
                return channel.close().flatMapThrowing { throw error }
            }
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async throws { try await client.shutdown() }

    /// - Parameter timeout: real time from connect to the last byte of the response.
    func send(_ delivery: OutgoingDelivery, to endpoint: EndpointURL, timeout: TimeSpan) async -> ReceiverAnswer {
        let start = ContinuousClock.now
        // The client looks up names one after the other, so it gets none whose lookup takes long.
        if NetworkAddress(endpoint.host) == nil {
            do throws(AttemptFailure) {
                try await names.check(endpoint.host.lowercased(), timeout: timeout)
            } catch {
                return ReceiverAnswer(result: AttemptResult(failure: error))
            }
        }
        var request = HTTPClientRequest(url: delivery.endpointURL)
        request.method = .POST
        for header in delivery.headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: delivery.payload))
        let prepared = request
        return await withTaskGroup(of: ReceiverAnswer?.self) { group in
            group.addTask { await send(prepared, timeout: timeout) }
            group.addTask {
                try? await Task.sleep(until: start + .milliseconds(timeout.milliseconds), clock: .continuous)
                return nil
            }
            // The first of both decides; the other is cancelled, and a cancelled exchange closes its connection.
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? ReceiverAnswer(result: AttemptResult(failure: .responseTimeout(within: timeout)))
        }
    }

    private func send(_ request: HTTPClientRequest, timeout: TimeSpan) async -> ReceiverAnswer {
        var answer = ReceiverAnswer(result: AttemptResult())
        do {
            let response = try await client.execute(request, timeout: .milliseconds(timeout.milliseconds + 1000))
            answer.take(status: response.status, headers: response.headers, at: clock.now)
            for try await part in response.body where !answer.take(part) { break }
        } catch {
            answer.result.failure = AttemptFailure(
                error, timeout: timeout, hasStatus: answer.result.statusCode != nil)
        }
        return answer
    }
}
