import ArgumentParser
import HooksimClient

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "List the events of a running simulator, show one, or send one once more.",
        discussion: """
            Example: hooksim events --status failed --topic invoice_paid
            Example: hooksim events --follow
            Example: hooksim events show 0211a5c1-5400-4461-b1c6-f97f4bc8b9c7
            Example: hooksim events resend 0211a5c1-5400-4461-b1c6-f97f4bc8b9c7
            """,
        subcommands: [List.self, Show.self, Resend.self],
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
        @Option(help: "The client id that owns the events (default: the client given at start).")
        var clientID: String?
        @Option(help: "How many, 1 to 100.")
        var limit: Int?
        @Option(help: "Only the events after this cursor: the end_cursor of the previous page.")
        var after: String?
        @Flag(help: "Instead of a list, show each event of any client as it is created, delivered or failed, until ^C.")
        var follow = false

        @OptionGroup var control: ControlOptions

        func validate() throws {
            guard !follow || (fromDate == nil && toDate == nil && limit == nil && after == nil) else {
                throw ValidationError(
                    "--follow shows what happens from now on, so it takes no dates, no limit and no cursor.")
            }
            if let status, EventStatus(rawValue: status) == nil {
                let known = EventStatus.allCases.map(\.rawValue)
                let meant = Suggestion.nearest(to: status, among: known).map { "; did you mean \($0)?" } ?? "."
                throw ValidationError("--status must be \(known.alternatives)\(meant)")
            }
        }

        func run() async throws {
            let filter = EventFilter(
                topic: try topic.map { try Topic(argument: $0, of: "--topic") },
                status: status.flatMap { EventStatus(rawValue: $0) }, from: try instant(fromDate, "--from-date"),
                to: try instant(toDate, "--to-date"))
            if follow { return try await followEvents(filter) }
            var selection = after.map { PageSelection.after($0) } ?? .first
            selection.limit = limit
            let page = try await control.withClient { [selection] in
                try await $0.events(filter, clientID: clientID, page: selection)
            }
            guard control.output == .text else {
                Terminal.line(page.json.description)
                return
            }
            let events = page.rows
            if events.isEmpty {
                Terminal.line("no events; `hooksim trigger TOPIC` creates one for each subscription to that topic")
            }
            if !events.isEmpty, let header = EventLine.table.header { Terminal.line(header) }
            for event in events { Terminal.line(EventLine.text(event)) }
            if page.hasNextPage { Terminal.line("more with --after \(page.endCursor)") }
        }

        /// Returns the instant of an option, or `nil` if the option is not given.
        ///
        /// - Throws: ``CommandFailure`` that names the option.
        private func instant(_ text: String?, _ option: String) throws -> Timestamp? {
            guard let text else { return nil }
            do {
                return try Timestamp(iso8601: text)
            } catch {
                throw CommandFailure(description: "\(option) \(error)", status: 2)
            }
        }

        private func followEvents(_ filter: EventFilter) async throws {
            try await control.withClient { client in
                let feed = try await client.liveFeed(of: [.event])
                Terminal.write("following the events of \(client.url); ^C ends it\n", to: .standardError)
                if control.output == .text, let header = EventLine.table.header { Terminal.line(header) }
                do {
                    for try await case .event(let event) in feed {
                        let isWanted =
                            (filter.topic ?? event.topic) == event.topic
                            && (filter.status ?? event.status) == event.status
                            && (clientID ?? event.clientID) == event.clientID
                        guard isWanted else { continue }
                        Terminal.line(control.output == .json ? event.json.description : EventLine.text(event))
                    }
                } catch HooksimError.notReachable {
                    // A simulator that is killed breaks the connection, which has the same meaning as the end of the
                    // feed.
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
            let details = try await control.withClient { try await $0.resendEvent(id) }
            Terminal.line(control.output == .json ? details.json.description : EventLine.text(details.event))
        }
    }
}
