import Webhooks

/// Chooses the response to each delivery: from the target to which it is forwarded, or from a list by attempt.
struct DeliveryResponses: Sendable {
    private enum Step: Sendable {
        case status(Int)
        case timeout
    }

    private let steps: [Step]
    private let delay: TimeSpan
    private let forwarder: DeliveryForwarder

    /// The duration of a hang, far longer than any delivery timeout: the sender ends it.
    private static let hang = Duration.seconds(3600)

    /// Creates the responses from the options of the command.
    ///
    /// - Throws: ``CommandFailure`` that names the wrong option.
    init(respond: String?, delay: String?, hang: Bool, forwarder: DeliveryForwarder) throws {
        self.forwarder = forwarder
        steps = try hang ? [.timeout] : (respond ?? "200").split(separator: ",").map { try Self.step($0) }
        guard !steps.isEmpty else {
            throw CommandFailure(description: "--respond needs at least one status", status: 2)
        }
        do { self.delay = try delay.map { try TimeSpan($0) } ?? .zero } catch {
            throw CommandFailure(description: "--delay \(error)", status: 2)
        }
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

    /// Returns the response to a delivery.
    ///
    /// - Throws: `CancellationError` if the sender no longer waits for it.
    func respond(to delivery: ReceivedDelivery) async throws -> DeliveryResponse {
        if delay > .zero { try await Task.sleep(for: .milliseconds(delay.milliseconds)) }
        if let response = await forwarder.forward(delivery) {
            try Task.checkCancellation()
            return response
        }
        switch steps[min(max(delivery.attempt, 1), steps.count) - 1] {
        case .status(let status): return DeliveryResponse(status: status)
        case .timeout:
            try await Task.sleep(for: Self.hang)
            return DeliveryResponse(status: 408)
        }
    }
}
