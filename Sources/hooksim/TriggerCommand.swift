import ArgumentParser
import HooksimClient
import StrictJSON

struct TriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Create an event in a running simulator.",
        discussion: """
            Example: hooksim trigger invoice_paid --set total=99.95 --set memo="Thank you" --wait
            Without --data, a realistic object of the topic is sent, with a fresh id and times.
            """)

    @Argument(
        help: ArgumentHelp(
            "The topic.", discussion: "One of: \(Topic.allCases.map(\.rawValue).joined(separator: ", "))."))
    var topic: String

    @Option(help: ArgumentHelp("A JSON object to send as the event's data; - is standard input.", valueName: "file"))
    var data: String?
    @Option(
        help: ArgumentHelp(
            "Set a value in the data: a string where the sample has one, else JSON. May be repeated.",
            valueName: "a.b=value"
        ))
    var set: [String] = []
    @Option(help: "The id of the object that the event is about.")
    var entityID: String?
    @Option(help: "How many events, 1 to 10000, for each matching subscription.")
    var count: Int?
    @Option(help: "The client id that owns the event (default: the client given at start).")
    var clientID: String?
    @Flag(
        help:
            "Wait until every event is delivered or failed; exit 1 when one failed or there is none, 3 when they wait for a frozen clock."
    )
    var wait = false
    @Flag(help: "With --wait: advance a frozen clock until no event is pending.")
    var advance = false

    /// The exit status if events wait for a frozen clock.
    private static let frozenStatus: Int32 = 3
    /// The maximum number of events that are printed in a row each.
    private static let maxRows = 100

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let topic = try Topic(argument: topic, of: "the topic")
        let data = try data.map(Self.read)
        let values = try AssignedValues(data: data, topic: topic).values(set)
        let trigger = { (client: ControlClient) in
            try await client.trigger(
                topic, entityID: entityID, data: data, set: values, clientID: clientID, count: count ?? 1)
        }
        guard wait else {
            guard !advance else { throw CommandFailure(description: "--advance needs --wait", status: 2) }
            let events = try await control.withClient { try await trigger($0).events }
            return show(events, events.map(\.json))
        }
        let outcome = try await control.withClient { client in
            try await FinalEvents(client, showsAttempts: control.output == .text, advancesClock: advance)
                .trigger { try await trigger(client) }
        }
        show(outcome.events.map(\.event), outcome.events.map(\.json))
        if let instant = outcome.frozenAt { throw Self.frozen(at: instant, outcome.pending) }
        if outcome.events.isEmpty || outcome.events.contains(where: { $0.event.status == .failed }) {
            throw ExitCode(1)
        }
    }

    private static func frozen(at instant: Timestamp, _ waiting: [EventDetails]) -> CommandFailure {
        let next = waiting.compactMap(\.nextAttemptAt).min().map { " until \($0)" } ?? ""
        let events = waiting.count == 1 ? "1 event waits" : "\(waiting.count) events wait"
        return CommandFailure(
            description:
                "the clock is frozen at \(instant), and \(events)\(next): hooksim clock advance idle, or trigger with --advance",
            status: frozenStatus)
    }

    private func show(_ events: [Event], _ rows: [JSON]) {
        switch control.output {
        case .json: Terminal.line((["data": .array(rows)] as JSON).description)
        case .text:
            if events.isEmpty { Terminal.line("no active subscription to \(topic), so nothing will be sent") }
            guard events.count > Self.maxRows else {
                for event in events { Terminal.line(EventLine.text(event)) }
                return
            }
            Terminal.line(Self.summary(of: events))
            for event in events.filter({ $0.status == .failed }).prefix(Self.maxRows) {
                Terminal.line(EventLine.text(event))
            }
        }
    }

    private static func summary(of events: [Event]) -> String {
        let counts = EventStatus.allCases.compactMap { status in
            let count = events.count { $0.status == status }
            return count == 0 ? nil : "\(count) \(status)"
        }
        return "\(events.count) events: \(counts.joined(separator: ", "))"
    }

    private static func read(_ path: String) throws -> JSON {
        let file = try InputFile(path: path)
        let text = try file.text()
        do {
            return try JSON(parsing: text.utf8)
        } catch {
            throw CommandFailure(description: "\(file.name) is not valid JSON: \(error)", status: 2)
        }
    }
}
