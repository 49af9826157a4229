import HTTPTypes
import HooksimScenarios
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Webhooks

/// A receiver on loopback that responds as a scenario's script says.
final class ScriptedReceiver: StartedReceiver {
    let url: String
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    private init(url: String, group: ServiceGroup, task: Task<Void, any Error>) {
        self.url = url
        self.group = group
        self.task = task
    }

    static func start(_ script: ReceiverScript) async throws -> ScriptedReceiver {
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let responder = CallbackResponder<SimulatorContext> { request, context in
            let body = try await request.body.collect(upTo: ReceiverServer.longestBody)
            let attempt = request.headers[.init("X-Webhook-Attempt")!].flatMap(Int.init) ?? 1
            let scripted = script.response(
                attempt: attempt, authorization: request.headers[.authorization], body: Array(body.readableBytesView))
            return try await respond(with: scripted, context)
        }
        let logger = Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: responder, server: ReceiverServer.builder,
            configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 1024),
            onServerRunning: { channel in
                announce.yield(channel.localAddress?.port ?? 0)
                announce.finish()
            }, logger: logger)
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(50)
        let group = ServiceGroup(configuration: configuration)
        let task = Task {
            defer { announce.finish() }
            try await group.run()
        }
        for await port in ports { return ScriptedReceiver(url: "http://127.0.0.1:\(port)", group: group, task: task) }
        throw StepFailure("a receiver could not listen on loopback")
    }

    func stop() async {
        await group.triggerGracefulShutdown()
        _ = try? await task.value
    }

    private static func respond(with scripted: ReceiverScript.Response, _ context: SimulatorContext) async throws
        -> Response
    {
        if scripted.delay > .zero { try await Task.sleep(for: .milliseconds(scripted.delay.milliseconds)) }
        switch scripted.kind {
        case .status(let status):
            var response = Response(
                status: .init(code: status), body: ResponseBody(byteBuffer: ByteBuffer(string: scripted.body)))
            for (name, value) in scripted.headers {
                if let name = HTTPField.Name(name) { response.headers[name] = value }
            }
            return response
        case .hang:
            // The request is held until the sender gives up or the receiver is stopped.
            try await Task.sleep(for: .seconds(3600))
            return Response(status: .requestTimeout)
        case .reset:
            var generator = SeededGenerator(seed: 0)
            return try await ConnectionFault(channel: context.channel).apply(
                .reset, to: Response(status: .ok), using: &generator)
        }
    }
}
