import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Webhooks

/// Sends attempts over HTTP: no redirect is followed, the whole exchange is timed, and the answer that is kept is bounded.
struct DeliverySender: Sendable {
    private let client: HTTPClient
    private let clock: SimulatedClock

    init(clock: SimulatedClock) {
        self.clock = clock
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            connectionPool: .init(
                // Shorter than any receiver's own limit, so that no attempt meets a connection that is just being closed.
                idleTimeout: .seconds(1),
                // The worker bounds what is under way per subscription; a bound per host would let one endpoint starve another.
                concurrentHTTP1ConnectionsPerHostSoftLimit: 100_000),
            decompression: .disabled)
        // A refused connection is an attempt that failed, and the schedule decides when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { channel in
            // The address that the socket is connected to is the only one that counts: a name may resolve to anything by now.
            guard let reason = channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0)?.reasonNotToDeliver })
            else {
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            return channel.close().flatMapThrowing { throw ForbiddenAddress(reason: reason) }
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func shutdown() async throws { try await client.shutdown() }

    /// - Parameter timeout: real time from connect to the last byte of the answer.
    func send(_ delivery: OutgoingDelivery, timeout: TimeSpan) async -> ReceiverAnswer {
        if let url = try? EndpointURL(delivery.endpointURL), let reason = NetworkAddress(url.host)?.reasonNotToDeliver {
            return ReceiverAnswer(result: AttemptResult(error: ForbiddenAddress(reason: reason).description))
        }
        var request = HTTPClientRequest(url: delivery.endpointURL)
        request.method = .POST
        for header in delivery.headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: delivery.payload))
        let prepared = request
        return await withTaskGroup(of: ReceiverAnswer?.self) { group in
            group.addTask { await exchange(prepared, timeout: timeout) }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(timeout.milliseconds))
                return nil
            }
            // Whoever is first decides; the other is cancelled, and a cancelled exchange closes its connection.
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? ReceiverAnswer(result: AttemptResult(error: Self.timedOut(timeout)))
        }
    }

    private func exchange(_ request: HTTPClientRequest, timeout: TimeSpan) async -> ReceiverAnswer {
        var answer = ReceiverAnswer(result: AttemptResult())
        do {
            let response = try await client.execute(request, timeout: .milliseconds(timeout.milliseconds + 1000))
            answer.result.statusCode = Int(response.status.code)
            answer.headers = response.headers.prefix(100).map { ($0.name, String($0.value.prefix(1000))) }
            answer.result.retryAfter = response.headers.first(name: "Retry-After").flatMap {
                RetryAfter.parse($0, now: clock.now)
            }
            for try await part in response.body {
                let room = Assumptions.answerBytesKept - answer.body.count
                answer.body.append(contentsOf: part.readableBytesView.prefix(room))
                if answer.body.count == Assumptions.answerBytesKept { break }
            }
        } catch {
            answer.result.error = Self.describe(error, timeout: timeout, hasStatus: answer.result.statusCode != nil)
        }
        return answer
    }

    static let connectionRefused = "connection refused"
    static let connectionReset = "connection reset by the receiver"

    /// How the error of an attempt that ran out of time begins.
    static let noWholeAnswer = "no whole answer"
    static func timedOut(_ timeout: TimeSpan) -> String { "\(noWholeAnswer) within \(timeout)" }

    /// An error in words that are the same on every run: no ports, no pointers.
    private static func describe(_ error: any Error, timeout: TimeSpan, hasStatus: Bool) -> String {
        switch error {
        case let error as ForbiddenAddress: return error.description
        case HTTPParserError.invalidEOFState: return closed(hasStatus: hasStatus)
        case let error as HTTPClientError where error == .remoteConnectionClosed: return closed(hasStatus: hasStatus)
        case let error as HTTPClientError
        where [.deadlineExceeded, .connectTimeout, .readTimeout, .cancelled].contains(error):
            return timedOut(timeout)
        case let error as HTTPClientError: return "the exchange failed: \(error.shortDescription)"
        case let error as IOError: return describe(errno: error.errnoCode)
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return describe(error: first.error) }
            return "the receiver's host name can't be resolved"
        case is HTTPParserError: return "the receiver's answer is not valid HTTP"
        case is NIOSSLError, is NIOSSLExtraError: return "the TLS connection failed: \(error)"
        case is CancellationError: return timedOut(timeout)
        default: return "the exchange failed: \(type(of: error))"
        }
    }

    private static func closed(hasStatus: Bool) -> String {
        hasStatus
            ? "the receiver closed the connection before the answer was whole"
            : "the receiver closed the connection without an answer"
    }

    private static func describe(error: any Error) -> String {
        (error as? IOError).map { describe(errno: $0.errnoCode) } ?? "the receiver can't be reached"
    }

    private static func describe(errno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: connectionRefused
        case ECONNRESET, EPIPE: connectionReset
        case ETIMEDOUT: "the connection timed out"
        case EHOSTUNREACH, ENETUNREACH: "the receiver's host can't be reached"
        default: "the connection failed (errno \(code))"
        }
    }
}

/// The receiver's address is one that deliveries are never sent to.
private struct ForbiddenAddress: Error, CustomStringConvertible {
    let reason: String

    var description: String { "not sent: the receiver is at \(reason)" }
}
