import Webhooks

/// A receiver that was started for a scenario, and is stopped at its end.
package protocol StartedReceiver: Sendable {
    /// The base URL of the receiver.
    var url: String { get }
    /// Stops the receiver.
    func stop() async
}

/// Starts a receiver that responds as a script says, and returns once it accepts connections.
///
/// The server starts these, since it has what serves HTTP.
package typealias ScriptedReceiverStarter = @Sendable (ReceiverScript) async throws -> any StartedReceiver

/// Starts the program of a `command:` receiver, and returns once it accepts connections.
///
/// Only `hooksim replay` passes one: nothing in the server can start a program.
package typealias ProgramStarter = @Sendable (_ command: String) async throws -> any StartedReceiver

/// The receivers of one scenario, which are started before its first step and stopped after its last.
package struct ScenarioReceivers: Sendable {
    private let startScripted: ScriptedReceiverStarter
    private let startProgram: ProgramStarter?
    private var urls: [String: String] = [:]
    private var started: [any StartedReceiver] = []

    /// Creates the receivers, none of which is started yet.
    package init(startScripted: @escaping ScriptedReceiverStarter, startProgram: ProgramStarter?) {
        self.startScripted = startScripted
        self.startProgram = startProgram
    }

    /// Starts a receiver.
    ///
    /// - Throws: ``StepFailure`` if the receiver is a command and there is nothing that starts programs, or the error of
    ///   what starts it.
    package mutating func start(_ receiver: ScenarioReceiver) async throws {
        switch receiver.kind {
        case .url(let url): urls[receiver.name] = url
        case .scripted(let script): add(try await startScripted(script), named: receiver.name)
        case .command(let command, let path):
            guard let startProgram else {
                throw StepFailure("the receiver \(receiver.name) is a command, which only hooksim replay starts")
            }
            add(try await startProgram(command), named: receiver.name, path: path)
        }
    }

    private mutating func add(_ receiver: any StartedReceiver, named name: String, path: String = "") {
        started.append(receiver)
        urls[name] = receiver.url + path
    }

    func stop() async {
        for receiver in started { await receiver.stop() }
    }

    /// Returns the URL of a receiver.
    ///
    /// - Throws: ``StepFailure`` if the receiver was not started.
    func url(of name: String) throws -> String {
        guard let url = urls[name] else { throw StepFailure("the receiver \(name) was not started") }
        return url
    }

    /// Returns a URL with the receiver's name in place of its address.
    func name(in url: String) -> String {
        // The longest address comes first, since one address may be a prefix of another.
        for (name, address) in urls.sorted(by: { $0.value.utf8.count > $1.value.utf8.count })
        where url.hasPrefix(address) {
            return "\(name):\(url.dropFirst(address.count))"
        }
        return url
    }
}
