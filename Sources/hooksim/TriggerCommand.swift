import ArgumentParser
import FoundationEssentials
import Webhooks

struct TriggerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trigger",
        abstract: "Make an event in a running simulator.",
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
        help: ArgumentHelp("Put a value into the data: JSON, or else text. May be repeated.", valueName: "a.b=value"))
    var set: [String] = []
    @Option(help: "The id of the object that the event is about.")
    var entityID: String?
    @Option(help: "How many events, 1 to 10000, for each matching subscription.")
    var count: Int?
    @Option(help: "Whose event; by default that of the client given at start.")
    var clientID: String?
    @Flag(help: "Wait until every event is delivered or failed; exit 1 when one failed.")
    var wait = false

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let body = try body()
        let events = try await ControlClient.with(control) { client in
            guard wait else { return try await client.post("/__admin/events", .object(body))["data"]?.array ?? [] }
            return try await SettledEvents(client, showsAttempts: control.output == .text).trigger(.object(body))
        }
        switch control.output {
        case .json: Terminal.line(JSON.object(JSONObject([("data", .array(events))])).description)
        case .text:
            if events.isEmpty { Terminal.line("no active subscription to \(topic), so nothing will be sent") }
            for event in events { Terminal.line(EventLine.text(event)) }
        }
        if wait, events.contains(where: { $0["status"]?.string == "failed" }) { throw ExitCode(1) }
    }

    private func body() throws -> JSONObject {
        var body = JSONObject([("topic", .string(topic))])
        if let data { body["data"] = try Self.read(data) }
        if let entityID { body["entity_id"] = .string(entityID) }
        if let count { body["count"] = .number(count) }
        if let clientID { body["client_id"] = .string(clientID) }
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
        if !set.isEmpty { body["set"] = .object(overrides) }
        return body
    }

    private static func read(_ name: String) throws -> JSON {
        let data: Data
        do {
            data = name == "-" ? Data(standardInput()) : try Data(contentsOf: URL(filePath: name))
        } catch {
            throw CommandFailure(description: "\(name) can't be read", status: 2)
        }
        do {
            return try JSON(parsing: data)
        } catch {
            throw CommandFailure(
                description: "\(name == "-" ? "standard input" : name) is not valid JSON: \(error)", status: 2)
        }
    }

    private static func standardInput() -> [UInt8] {
        var text = ""
        while let line = readLine(strippingNewline: false) { text += line }
        return Array(text.utf8)
    }
}
