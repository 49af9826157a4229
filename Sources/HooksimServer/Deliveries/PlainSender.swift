import NIOCore
import NIOHTTP1
import NIOPosix
import Webhooks

/// Sends attempts over plain HTTP/1.1, which is what nearly every receiver in a test speaks.
///
/// All of it happens on one event loop, so that an attempt costs neither a task nor a lock; a general client costs several of each, and
/// 60 to 90 µs of processor time a request.
final class PlainSender: Sendable {
    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<PlainConnections>

    init(clock: SimulatedClock) {
        loop = MultiThreadedEventLoopGroup.singleton.next()
        connections = .makeBoxSendingValue(PlainConnections(loop: loop, clock: clock), eventLoop: loop)
    }

    /// - Parameters:
    ///   - timeout: real time from connect to the last byte of the answer.
    ///   - completion: called once for each, on the event loop.
    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverAnswer) -> Void
    ) {
        loop.execute {
            for delivery in deliveries {
                self.connections.value.start(
                    PlainExchange(delivery, timeout: timeout) { completion(delivery, $0) })
            }
        }
    }

    /// Closes the connections that wait; those in use end with their exchange.
    func shutdown() async {
        try? await loop.submit { self.connections.value.close() }.get()
    }
}

/// One attempt under way. Used on its event loop alone.
final class PlainExchange {
    let delivery: OutgoingDelivery
    let timeout: TimeSpan
    var answer = ReceiverAnswer(result: AttemptResult())
    var deadline: Scheduled<Void>?
    /// The connection that it is made on.
    var connection: PlainConnection?
    private var completion: ((ReceiverAnswer) -> Void)?

    init(_ delivery: OutgoingDelivery, timeout: TimeSpan, completion: @escaping (ReceiverAnswer) -> Void) {
        self.delivery = delivery
        self.timeout = timeout
        self.completion = completion
    }

    var isOver: Bool { completion == nil }

    func fail(_ error: any Error) {
        end(AttemptFailure(error, timeout: timeout, hasStatus: answer.result.statusCode != nil))
    }

    /// What came of the answer is not kept, since it was not in time.
    func timeOut() {
        answer = ReceiverAnswer(result: AttemptResult())
        end(connection == nil ? .connectTimeout(within: timeout) : .responseTimeout(within: timeout))
    }

    func end(_ failure: AttemptFailure? = nil) {
        guard let completion else { return }
        self.completion = nil
        deadline?.cancel()
        answer.result.failure = failure
        completion(answer)
    }

    func head(for endpoint: EndpointURL) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.reserveCapacity(8)
        headers.add(name: "Host", value: endpoint.authority)
        headers.add(name: "Content-Length", value: String(delivery.payload.count))
        for header in delivery.headers { headers.add(name: header.name, value: header.value) }
        return HTTPRequestHead(version: .http1_1, method: .POST, uri: endpoint.target, headers: headers)
    }
}

extension EndpointURL {
    /// The host, and the port unless it is the scheme's own, as the `Host` field has them (RFC 9110, 7.2).
    fileprivate var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
}
