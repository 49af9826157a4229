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
            "Set a value in the data: JSON if it is valid JSON, else a string. May be repeated.", valueName: "a.b=value"
        ))
    var set: [String] = []
    @Option(help: "The id of the object that the event is about.")
    var entityID: String?
    @Option(help: "How many events, 1 to 10000, for each matching subscription.")
    var count: Int?
    @Option(help: "The client id that owns the event (default: the client given at start).")
    var clientID: String?
    @Flag(help: "Wait until every event is delivered or failed; exit 1 when one failed.")
    var wait = false

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let topic = try Topic(argument: topic, of: "the topic")
        let data = try data.map(Self.read)
        let overrides = try overrides()
        let trigger = { (client: ControlClient) in
            try await client.trigger(
                topic, entityID: entityID, data: data, set: overrides, clientID: clientID, count: count ?? 1)
        }
        guard wait else {
            let events = try await control.withClient { try await trigger($0).events }
            return show(events, events.map(\.json))
        }
        let details = try await control.withClient { client in
            try await FinalEvents(client, showsAttempts: control.output == .text).trigger { try await trigger(client) }
        }
        show(details.map(\.event), details.map(\.json))
        if details.contains(where: { $0.event.status == .failed }) { throw ExitCode(1) }
    }

    private func show(_ events: [Event], _ rows: [JSON]) {
        switch control.output {
        case .json: Terminal.line((["data": .array(rows)] as JSON).description)
        case .text:
            if events.isEmpty { Terminal.line("no active subscription to \(topic), so nothing will be sent") }
            for event in events { Terminal.line(EventLine.text(event)) }
        }
    }

    /// Returns the values of `--set` by path, or `nil` if there are none.
    private func overrides() throws -> JSON? {
        var overrides = JSONObject()
        for assignment in set {
            guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
                throw CommandFailure(
                    description: "--set needs a path and a value, as in --set total=99.95, not \(assignment)", status: 2
                )
            }
            let text = String(assignment[assignment.index(after: equals)...])
            overrides[String(assignment[..<equals])] = (try? JSON(parsing: text.utf8)) ?? .string(text)
        }
        return set.isEmpty ? nil : .object(overrides)
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
