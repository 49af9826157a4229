import HTTPTypes
import StrictJSON
import Webhooks

/// Prints one line for each delivery, followed by its headers and its body if `isVerbose` is set.
struct DeliveryPrinter: Sendable {
    let format: OutputFormat
    let isVerbose: Bool
    private let clock = SimulatedClock()

    init(format: OutputFormat, isVerbose: Bool) {
        self.format = format
        self.isVerbose = isVerbose
    }

    func print(_ delivery: ReceivedDelivery, response: DeliveryResponse, after latency: Duration) {
        let milliseconds = latency.milliseconds
        switch format {
        case .json:
            let line: JSON = [
                "at": .string(clock.now.description), "id": .string(delivery.id),
                "idempotency_key": .string(orNull: delivery.idempotencyKey), "topic": .string(delivery.topic),
                "attempt": .number(delivery.attempt), "status": .number(response.status.code),
                "latency_ms": .number(milliseconds),
                "body": delivery.json,
            ]
            Terminal.line(line.description)
        case .text:
            let succeeded = (200...299).contains(response.status.code)
            let columns = [
                Terminal.time(clock.now.description),
                Terminal.pad(Terminal.sanitized(delivery.topic), Self.longestTopic),
                Terminal.sanitized(delivery.id), "attempt \(Terminal.pad(String(delivery.attempt), 2))",
                Terminal.coloured("\(response.status.code)", succeeded ? .green : .red),
                String(repeating: " ", count: max(0, 5 - String(milliseconds).count)) + "\(milliseconds) ms",
            ]
            var lines = columns.joined(separator: "  ") + (response.note.map { "  \($0)" } ?? "")
            if isVerbose { lines += Self.details(delivery) }
            Terminal.line(lines)
        }
    }

    private static func details(_ delivery: ReceivedDelivery) -> String {
        let headers = delivery.headers.map { field in
            // The secret belongs to the receiver, but it must not be visible on a shared screen.
            "\n    \(field.name.rawName): \(field.name == .authorization ? "Bearer …" : field.value)"
        }
        let body = (try? JSON(parsing: delivery.body))?.indented ?? String(decoding: delivery.body, as: UTF8.self)
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { "\n    \($0)" }
        return Terminal.sanitized(headers.joined() + "\n" + lines.joined())
    }

    private static let longestTopic = Topic.allCases.map(\.rawValue.count).max() ?? 0
}
