import NIOCore
import NIOHTTP1
import Webhooks

/// One attempt under way, whose connection may change. Used on its event loop alone.
final class OutgoingAttempt {
    let delivery: OutgoingDelivery
    let timeout: TimeSpan
    /// When it ends at the latest; it is counted from its begin.
    private(set) var deadline = NIODeadline.distantFuture
    var response = ReceiverResponse(result: AttemptResult())
    /// The connection that it is sent on; `nil` as long as it waits for one.
    var connection: ReceiverConnection?
    var timer: Scheduled<Void>?
    let endpoint: EndpointURL
    /// What is told of its end, once it has begun.
    private var connections: ReceiverConnections?
    private var completion: ((ReceiverResponse) -> Void)?

    init(
        _ delivery: OutgoingDelivery, to endpoint: EndpointURL, timeout: TimeSpan,
        completion: @escaping (ReceiverResponse) -> Void
    ) {
        self.delivery = delivery
        self.endpoint = endpoint
        self.timeout = timeout
        self.completion = completion
    }

    /// Lets its time begin.
    func begin(among connections: ReceiverConnections) {
        self.connections = connections
        deadline = .now() + .milliseconds(timeout.milliseconds)
    }

    /// Takes back its begin.
    func postpone() {
        connections = nil
        timer?.cancel()
        deadline = .distantFuture
    }

    /// Ends it by an error of its connection.
    func fail(_ error: any Error) {
        end(AttemptFailure(error, timeout: timeout, hasStatus: response.result.statusCode != nil))
    }

    /// Ends it at its deadline. What came of the response is not kept, since it was not in time.
    func timeOut(_ failure: AttemptFailure) {
        response = ReceiverResponse(result: AttemptResult())
        end(failure)
    }

    func end(_ failure: AttemptFailure? = nil) {
        guard let completion else { return }
        self.completion = nil
        timer?.cancel()
        response.result.failure = failure
        completion(response)
        connections?.ended()
    }

    var head: HTTPRequestHead {
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
