import AsyncHTTPClient
import HTTPTypes
import HooksimServer
import NIOCore
import NIOHTTP1
import Webhooks

/// Sends deliveries on to the receiver that is the target of `hooksim listen`.
struct DeliveryForwarder: Sendable {
    let targets: ForwardTargets
    private let headers: HeaderFields
    private let client: HTTPClient

    /// Creates a forwarder.
    ///
    /// - Parameters:
    ///   - headers: Texts of the form `NAME:VALUE`, which are added to each request or replace its own.
    ///   - client: A client with the configuration `forwarding`.
    /// - Throws: ``CommandFailure`` that names the wrong option.
    init(targets: ForwardTargets, headers: [String], client: HTTPClient) throws {
        self.targets = targets
        self.client = client
        self.headers = try headers.map { text in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = parts.count == 2 ? parts[1].trimmingSpaces : ""
            guard parts.count == 2, HTTPField.Name(parts[0]) != nil, HTTPField.isValidValue(value) else {
                // The value may be a secret.
                throw CommandFailure(
                    description: "--forward-header takes NAME:VALUE, such as X-Tenant:acme; the name has no spaces",
                    status: 2)
            }
            return (parts[0], value)
        }
    }

    /// Sends a delivery to its target, and returns the target's response, or one of 502 with the reason why there is
    /// none; `nil` if the delivery has no target. The simulator ends it when its own time limit is over.
    func forward(_ delivery: ReceivedDelivery) async -> DeliveryResponse? {
        guard let url = targets.url(of: delivery.topic) else { return nil }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        let replaced = Set(headers.map { $0.name.lowercased() })
        let framing: Set = ["host", "content-length", "expect"]
        for field in delivery.headers.endToEnd.without(framing.union(replaced)) + headers {
            request.headers.add(name: field.name, value: field.value)
        }
        // A connection that is not used again can't be closed by the target while the next delivery is sent on it.
        request.headers.replaceOrAdd(name: "Connection", value: "close")
        request.body = .bytes(ByteBuffer(bytes: delivery.body))
        var hasStatus = false
        do {
            let response = try await client.execute(request, deadline: .distantFuture)
            hasStatus = true
            var body: [UInt8] = []
            // The simulator keeps no more of a response.
            for try await part in response.body where body.count < Assumptions.responseBytesKept {
                body.append(contentsOf: part.readableBytesView)
                if body.count >= Assumptions.responseBytesKept { break }
            }
            let status = Int(response.status.code)
            guard (200...599).contains(status) else {
                return DeliveryResponse(status: 502, note: "\(url): the status \(status) is not one of HTTP")
            }
            return DeliveryResponse(
                status: status, headers: response.headers.map { ($0.name, $0.value) }.endToEnd, body: body)
        } catch {
            return DeliveryResponse(status: 502, note: "\(url): \(Self.reason(error, hasStatus: hasStatus))")
        }
    }

    /// Returns the reason for people why a target did not respond.
    private static func reason(_ error: any Error, hasStatus: Bool) -> String {
        let closed: AttemptFailure = hasStatus ? .incompleteResponse : .noResponse
        let failure =
            switch error as? HTTPClientError {
            case .remoteConnectionClosed?, .uncleanShutdown?: closed
            case .cancelled?, .deadlineExceeded?: AttemptFailure.other("the simulator no longer waits for the response")
            case .connectTimeout?, .tlsHandshakeTimeout?: AttemptFailure.connectionTimedOut
            case let error?: AttemptFailure.other(error.shortDescription)
            case nil:
                error is CancellationError
                    ? .other("the simulator no longer waits for the response")
                    : AttemptFailure(forwarding: error, hasStatus: hasStatus)
            }
        guard case .tls(let details) = failure else { return failure.description }
        if details.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not trusted; name its authority with --forward-ca, or accept any with "
                + "--forward-insecure"
        }
        if details.contains("WRONG_VERSION_NUMBER") {
            return "it does not speak TLS; write http:// instead of https://"
        }
        if details.contains("EOF during handshake") {
            return "it closed the connection within the TLS handshake, so it may not speak TLS"
        }
        return failure.description
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
