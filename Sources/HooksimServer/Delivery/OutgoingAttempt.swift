import NIOCore
import NIOHTTP1
import Webhooks

/// An attempt under way, whose connection may change. It must be used on its event loop only.
final class OutgoingAttempt {
    let delivery: OutgoingDelivery
    let timeout: TimeSpan
    /// The instant at which the attempt times out, measured from its beginning.
    private(set) var deadline = NIODeadline.distantFuture
    var response = ReceiverResponse(result: AttemptResult())
    /// The connection that the attempt is sent on; `nil` while it waits for one.
    var connection: ReceiverConnection?
    var timer: Scheduled<Void>?
    let endpoint: EndpointURL
    /// The object that is informed of the end of the attempt, once the attempt has begun.
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

    /// Marks the attempt as begun and sets its deadline.
    func begin(among connections: ReceiverConnections) {
        self.connections = connections
        deadline = .now() + .milliseconds(timeout.milliseconds)
    }

    /// Marks the attempt as not begun, and clears its timer and deadline.
    func postpone() {
        connections = nil
        timer?.cancel()
        deadline = .distantFuture
    }

    /// Ends the attempt with an error of its connection.
    func fail(_ error: any Error) {
        end(AttemptFailure(error, timeout: timeout, hasStatus: response.result.statusCode != nil))
    }

    /// Ends the attempt at its deadline. A partial response is discarded, since it was not complete in time.
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
    /// The value of the `Host` field: the host, and the port unless it is the default of the scheme (RFC 9110, 7.2).
    fileprivate var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
}
