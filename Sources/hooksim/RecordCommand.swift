import ArgumentParser
import HooksimClient
import StrictJSON

struct RecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Write what a running simulator saw as a scenario that replays it.",
        discussion: """
            Example: hooksim record -o incident.yaml && hooksim replay incident.yaml
            The recording begins with the simulator's first start, or its last reset. Secrets in it are placeholders, and each \
            endpoint is a receiver that responds as the real one did.
            """)

    @Option(name: [.customShort("o"), .customLong("file")], help: "The file to write; - is standard output.")
    var file: String
    @Option(help: "The client id whose requests are recorded (default: those of all clients).")
    var clientID: String?
    @OptionGroup var control: ControlOptions

    func run() async throws {
        let recording = try await control.withClient { try await $0.recording(clientID: clientID) }
        guard file != "-" else { return Terminal.write(recording.scenario) }
        try OutputFile.write(recording.scenario, to: file)
        switch control.output {
        case .json:
            let line: JSON = ["file": .string(file), "client_id": .string(recording.clientID)]
            Terminal.line(line.description)
        case .text:
            let cut = recording.isCut ? "; it is only the beginning, since there was more than is kept" : ""
            Terminal.line("\(file) written\(cut); run it with `hooksim replay \(file)`")
        }
    }
}
