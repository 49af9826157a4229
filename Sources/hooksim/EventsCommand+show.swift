import ArgumentParser
import HooksimClient
import StrictJSON

extension EventsCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one event with its attempts, the last failing response and its payload.",
            discussion: "Example: hooksim events show 0211a5c1-5400-4461-b1c6-f97f4bc8b9c7")

        @Argument(help: "The event's id.")
        var id: String

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let details = try await control.withClient { try await $0.event(id) }
            Terminal.line(control.output == .json ? details.json.description : Self.text(details))
        }

        private static func text(_ details: EventDetails) -> String {
            let event = details.event
            var fields = [
                ("event", event.id), ("topic", event.topic.rawValue), ("entity", event.entityID),
                ("client", details.clientID), ("endpoint", details.endpointURL),
                ("created", event.createdAt.description), ("status", event.status.rawValue),
            ]
            if let error = event.lastError { fields.append(("last error", error)) }
            if let next = details.nextAttemptAt { fields.append(("next attempt", next.description)) }
            let lines = fields.map { name, value in "\(Terminal.pad(name, 14))\(Terminal.sanitized(value))" }
            var parts = [lines.joined(separator: "\n")]
            if !details.attempts.isEmpty {
                let attempts = details.attempts.map { "  " + AttemptLine.text($0, on: .standardOutput) }
                parts.append((["attempts"] + attempts).joined(separator: "\n"))
            }
            if let failed = details.attempts.last(where: { $0.outcome == .failed }), let response = failed.response {
                parts.append(text(response, of: failed))
            }
            if let payload = details.json["payload"] {
                parts.append("payload\n" + indented(Terminal.sanitized(payload.indented)))
            }
            return parts.joined(separator: "\n\n")
        }

        private static func text(_ response: AttemptResponse, of attempt: Attempt) -> String {
            let headers = response.headers.map { "\($0.name): \($0.value)" }
            let body = response.body.isEmpty ? [] : ["", response.body]
            let text = Terminal.sanitized((headers + body).joined(separator: "\n"))
            return "response to attempt \(attempt.attempt)\n\(indented(text))"
        }

        private static func indented(_ text: String) -> String {
            text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
                .joined(separator: "\n")
        }
    }
}
