import FoundationEssentials
import Webhooks

/// The receivers of one scenario: started before its first step, stopped after its last.
struct ScenarioReceivers: Sendable {
    private var urls: [String: String] = [:]
    private var scripted: [ScriptedReceiver] = []
    private var programs: [ReceiverProgram] = []

    mutating func start(_ receiver: ScenarioReceiver) async throws {
        switch receiver.kind {
        case .url(let url): urls[receiver.name] = url
        case .scripted(let script):
            let started = try await ScriptedReceiver.start(script)
            scripted.append(started)
            urls[receiver.name] = started.url
        case .command(let command, let path):
            let program = try await ReceiverProgram.start(command)
            programs.append(program)
            urls[receiver.name] = "http://127.0.0.1:\(program.port)" + path
        }
    }

    func stop() async {
        for receiver in scripted { await receiver.stop() }
        for program in programs { await program.stop() }
    }

    /// - Throws: ``StepFailure`` for a receiver that was not started.
    func url(of name: String) throws -> String {
        guard let url = urls[name] else { throw StepFailure("the receiver \(name) was not started") }
        return url
    }

    /// The same URL with the receiver's name in the place of its address.
    func name(in url: String) -> String {
        // The longest first: one address may be the beginning of another.
        for (name, address) in urls.sorted(by: { $0.value.utf8.count > $1.value.utf8.count })
        where url.hasPrefix(address) {
            return "\(name):\(url.dropFirst(address.count))"
        }
        return url
    }
}
