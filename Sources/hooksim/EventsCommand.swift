import ArgumentParser
import Webhooks

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "List the events of a running simulator, or send one once more.",
        discussion: """
            Example: hooksim events --status failed --topic invoice_paid
            Example: hooksim events --follow
            Example: hooksim events resend 0211a5c1-5400-4461-b1c6-f97f4bc8b9c7
            """,
        subcommands: [List.self, Resend.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List events, newest first.")

        @Option(help: "Only this topic.")
        var topic: String?
        @Option(help: "Only pending, delivered or failed ones.")
        var status: String?
        @Option(help: "Only those from this date or instant on, for example 2025-01-15.")
        var fromDate: String?
        @Option(help: "Only those before this date or instant.")
        var toDate: String?
        @Option(help: "Whose events; by default those of the client given at start.")
        var clientID: String?
        @Option(help: "How many, 1 to 100.")
        var limit: Int?
        @Option(help: "The end_cursor of the page before.")
        var after: String?
        @Flag(help: "Instead of a list, show each event of any client as it is made, delivered or failed, until ^C.")
        var follow = false

        @OptionGroup var control: ControlOptions

        func validate() throws {
            guard !follow || (fromDate == nil && toDate == nil && limit == nil && after == nil) else {
                throw ValidationError(
                    "--follow shows what happens from now on, so it takes no dates, no limit and no cursor.")
            }
            if let status, follow, EventStatus(rawValue: status) == nil {
                throw ValidationError("--status must be pending, delivered or failed.")
            }
            if let topic, follow {
                do { _ = try Topic(checking: topic) } catch { throw ValidationError("--topic \(error)") }
            }
        }

        func run() async throws {
            if follow { return try await followEvents() }
            let query = [
                ("topic", topic), ("status", status), ("from_date", fromDate), ("to_date", toDate),
                ("client_id", clientID),
                ("limit", limit.map(String.init)), ("after", after),
            ].compactMap { name, value in value.map { "\(name)=\(percentEncoded($0))" } }
            let page = try await ControlClient.with(control) {
                try await $0.get("/__admin/events" + (query.isEmpty ? "" : "?" + query.joined(separator: "&")))
            }
            guard control.output == .text else {
                Terminal.line(page.description)
                return
            }
            let events = page["data"]?.array ?? []
            if events.isEmpty {
                Terminal.line("no events; fire one with `hooksim trigger TOPIC` once something subscribes to it")
            }
            for event in events { Terminal.line(EventLine.text(event)) }
            if page["has_next_page"]?.bool == true {
                Terminal.line("more with --after \(page["end_cursor"]?.string ?? "")")
            }
        }

        private func followEvents() async throws {
            try await ControlClient.with(control) { client in
                try await client.follow(["event"]) {
                    Terminal.write("following the events of \(client.url); ^C ends it\n", to: .standardError)
                    return true
                } _: { message in
                    let event = message.data
                    let isWanted = zip([topic, status, clientID], ["topic", "status", "client_id"]).allSatisfy {
                        wanted, name in
                        wanted == nil || wanted == event[name]?.string
                    }
                    if isWanted { Terminal.line(control.output == .json ? event.description : EventLine.text(event)) }
                    return true
                }
            }
            throw CommandFailure(description: "the simulator has stopped")
        }
    }

    struct Resend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deliver one event once more, whatever its status.")

        @Argument(help: "The event's id.")
        var id: String

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let event = try await ControlClient.with(control) {
                try await $0.post("/__admin/events/\(percentEncoded(id))/resend")
            }
            Terminal.line(control.output == .json ? event.description : EventLine.text(event))
        }
    }
}

/// Encodes all but the unreserved characters (RFC 3986, 2.3).
func percentEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        let scalar = Unicode.Scalar(byte)
        let isUnreserved =
            byte < 0x80
            && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte)
                || "-._~".unicodeScalars.contains(scalar))
        let digits = String(byte, radix: 16, uppercase: true)
        return isUnreserved ? String(scalar) : "%" + (digits.count == 1 ? "0" + digits : digits)
    }.joined()
}
