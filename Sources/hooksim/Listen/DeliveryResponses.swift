import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Webhooks

/// Chooses the response to each delivery, from a list by attempt or from the receiver to which the delivery is
/// forwarded.
struct DeliveryResponses: Sendable {
    private enum Step: Sendable {
        case status(Int)
        case timeout
    }

    private let steps: [Step]
    private let delay: TimeSpan
    private let forwardTo: String?
    private let client: HTTPClient

    /// The duration of a hang, far longer than any delivery timeout: the sender ends it.
    private static let hang = Duration.seconds(3600)

    /// Creates the responses from the options of the command.
    ///
    /// - Parameter client: sends the deliveries that are forwarded.
    /// - Throws: ``CommandFailure`` that names the wrong option.
    init(respond: String?, delay: String?, hang: Bool, forwardTo: String?, client: HTTPClient) throws {
        self.client = client
        steps = try hang ? [.timeout] : (respond ?? "200").split(separator: ",").map { try Self.step($0) }
        guard !steps.isEmpty else {
            throw CommandFailure(description: "--respond needs at least one status", status: 2)
        }
        do { self.delay = try delay.map { try TimeSpan($0) } ?? .zero } catch {
            throw CommandFailure(description: "--delay \(error)", status: 2)
        }
        if let forwardTo {
            do { _ = try EndpointURL(forwardTo) } catch {
                throw CommandFailure(description: "--forward-to \(error)", status: 2)
            }
        }
        self.forwardTo = forwardTo
    }

    /// The configuration of a client that does not follow redirects, and fails at once if no receiver listens.
    static var forwarding: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private static func step(_ text: Substring) throws -> Step {
        let text = text.filter { $0 != " " }
        if text == "timeout" { return .timeout }
        guard let status = Int(text), (200...599).contains(status) else {
            throw CommandFailure(
                description: "--respond takes statuses from 200 to 599 and timeout, not \(text)", status: 2)
        }
        return .status(status)
    }

    func respond(to delivery: ReceivedDelivery) async throws -> DeliveryResponse {
        if delay > .zero { try await Task.sleep(for: .milliseconds(delay.milliseconds)) }
        if let forwardTo { return await forward(delivery, to: forwardTo) }
        switch steps[min(max(delivery.attempt, 1), steps.count) - 1] {
        case .status(let status): return DeliveryResponse(status: .init(code: status))
        case .timeout:
            // The response is withheld until the sender gives up or the receiver is stopped.
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.hang) }
            return DeliveryResponse(status: .requestTimeout, note: "no response")
        }
    }

    private func forward(_ delivery: ReceivedDelivery, to url: String) async -> DeliveryResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        let ownToTheConnection: Set<HTTPField.Name> = [.connection, .contentLength, .transferEncoding, .init("Host")!]
        for field in delivery.headers where !ownToTheConnection.contains(field.name) {
            request.headers.add(name: field.name.rawName, value: field.value)
        }
        request.body = .bytes(ByteBuffer(bytes: delivery.body))
        do {
            let response = try await client.execute(request, timeout: .seconds(30))
            return DeliveryResponse(
                status: .init(code: Int(response.status.code)),
                contentType: response.headers.first(name: "Content-Type"),
                body: try await response.body.collect(upTo: 1 << 20))
        } catch {
            return DeliveryResponse(status: .badGateway, note: "no complete response from \(url)")
        }
    }
}
