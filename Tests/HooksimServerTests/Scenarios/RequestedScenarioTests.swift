import AsyncHTTPClient
import FoundationEssentials
import HooksimScenarios
import NIOCore
import NIOPosix
import StrictJSON
import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of scenarios in requests: to the control API, and from the inspector's form.
@Suite struct RequestedScenarioTests {
    private static let adminToken = "admin-token-4711"

    enum Way: CaseIterable, Sendable { case controlAPI, form }

    /// The result of a scenario: its report as a page or as JSON, and whether it passed.
    private struct Outcome {
        let response: TestResponse
        let isPassed: Bool
    }

    private func send(_ scenario: JSON, by way: Way, to client: TestClient, adminToken: String? = nil) async throws
        -> Outcome
    {
        switch way {
        case .controlAPI:
            let headers = adminToken.map { [("Authorization", "Bearer \($0)")] } ?? []
            let response = try await client.send(
                .post, "/__admin/scenarios", headers: headers + [("Content-Type", "application/json")],
                body: scenario.encoded)
            return Outcome(response: response, isPassed: response.json["passed"] == true)
        case .form:
            var cookies: [(String, String)] = []
            if let adminToken { cookies.append(try await cookie(client, adminToken)) }
            let page = try await client.send(.get, "/__admin/", headers: cookies).text
            let start = try #require(page.firstRange(of: #"name="token" value=""#)).upperBound
            let formToken = page[start...].prefix { $0 != "\"" }
            let body = "token=\(formToken)&scenario=\(FormFields.encode(scenario.description))"
            let response = try await client.send(
                .post, "/__admin/inspector/scenarios",
                headers: cookies + [("Content-Type", "application/x-www-form-urlencoded")], body: Array(body.utf8))
            return Outcome(
                response: response, isPassed: response.text.contains(#"id="report-title"><span class="badge passed""#))
        }
    }

    private func cookie(_ client: TestClient, _ adminToken: String) async throws -> (String, String) {
        // This client does not follow redirects.
        let response = try await TestClient(client.url, by: TestClient.credulousClient).send(
            .post, "/__admin/inspector/login", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("admin_token=\(adminToken)".utf8))
        return ("Cookie", String(try #require(response.header("Set-Cookie")).prefix { $0 != ";" }))
    }

    // MARK: No program

    @Test(arguments: Way.allCases, [nil, adminToken])
    func `no request starts a program`(way: Way, adminToken: String?) async throws {
        try await withTemporaryStore { path in
            try await withSimulator {
                $0.adminToken = adminToken
            } _: { client in
                for receiver in [
                    ["command": .string("touch \(path)")], ["command": .string("touch \(path)"), "path": "/hooks"],
                    ["command": .string("touch \(path)"), "respond": 200], ["comand": .string("touch \(path)")],
                ] as [JSON] {
                    let scenario: JSON = [
                        "receivers": ["plain": [:], "own": receiver],
                        "steps": [["subscribe": ["topic": "invoice_paid", "to": "own"]]],
                    ]
                    let outcome = try await send(scenario, by: way, to: client, adminToken: adminToken)
                    #expect(!outcome.isPassed)
                    #expect(outcome.response.status == (way == .form ? 200 : 422))
                }
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `a command is a problem of the file, reported before anything runs`(way: Way) async throws {
        try await withSimulator { client in
            let scenario: JSON = [
                "steps": [["fault": "flaky"]], "receivers": ["own": ["command": "run"], "other": ["command": "run"]],
            ]
            let outcome = try await send(scenario, by: way, to: client)
            for (position, name) in [("1:50", "own"), ("1:76", "other")] {
                let problem = "receiver \(name) has a command, and no request starts a program"
                #expect(outcome.response.text.contains(problem), "\(outcome.response.text)")
                #expect(outcome.response.text.contains(position), "\(outcome.response.text)")
            }
            #expect(try await client.send(.get, "/__admin/requests").json["data"]?.array == [])
        }
    }

    @Test func `a command is not started without what starts programs, even where it was read`() async throws {
        let text =
            "receivers: { own: { command: 'true' } }\nsteps: [{ subscribe: { topic: invoice_paid, to: own } }]"
        let receiver = try #require(try ScenarioFile.parse(text, from: .file).receivers.first)
        var receivers = ScenarioReceivers(
            startScripted: { try await ScriptedReceiver.start($0) }, startProgram: nil)
        await #expect(throws: StepFailure.self) { try await receivers.start(receiver) }
    }

    @Test func `nothing in the server can start a program`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")
        for module in ["HooksimServer", "HooksimScenarios", "Webhooks"] {
            let folder = root.appending(path: module).path
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
            #expect(files.count > 30)
            for file in files {
                let text = String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(file)")), as: UTF8.self)
                for means in [
                    "Process()", "Process.run", "posix_spawn", "fork()", "execv", "popen(", "system(", "Subprocess",
                ] {
                    #expect(!text.contains(means), "\(module)/\(file) has \(means)")
                }
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `a restart fails at its step, and the simulator goes on`(way: Way) async throws {
        try await withSimulator { client in
            let scenario: JSON = ["steps": [["retry": [:]], ["restart": "kill"], ["retry": [:]]]]
            let outcome = try await send(scenario, by: way, to: client)
            #expect(outcome.response.status == 200 && !outcome.isPassed)
            #expect(outcome.response.text.contains("run the file with hooksim replay"), "\(outcome.response.text)")
            #expect(try await client.send(.get, "/__admin/clock").json["mode"] == "real")
            #expect(try await client.send(.get, "/__admin/partners").json["data"]?.array?.count == 1)
        }
    }
}

// MARK: The same simulator

extension RequestedScenarioTests {
    struct Place: Sendable, CustomTestStringConvertible {
        var host = "127.0.0.1"
        var tls: ServerTLS?
        var adminToken: String?
        var allowedHost: String?

        var testDescription: String {
            [host, tls.map { "\($0)" }, adminToken.map { _ in "admin token" }, allowedHost].compactMap { $0 }.joined(
                separator: ", ")
        }
    }

    static let places: [Place] = [
        Place(), Place(adminToken: adminToken), Place(host: "127.0.0.2"),
        Place(host: "127.0.0.2", adminToken: adminToken), Place(host: "::1", adminToken: adminToken),
        Place(host: "0.0.0.0", adminToken: adminToken), Place(host: "::", adminToken: adminToken),
        Place(tls: .selfSigned, adminToken: adminToken), Place(host: "127.0.0.2", tls: .selfSigned),
        Place(host: "::1", tls: .selfSigned, adminToken: adminToken), Place(host: "localhost"),
        Place(host: "127.0.0.2", adminToken: adminToken, allowedHost: "hooksim.test"),
    ]

    private static let scenario: JSON = [
        "settings": ["retry_schedule": ["0s", "1m"]], "receivers": ["shop": ["respond": [503, 200]]],
        "steps": [
            ["subscribe": ["topic": "invoice_paid", "to": "shop"]], ["trigger": ["topic": "invoice_paid"]],
            ["advance": "1m"],
            ["expect": ["of": "events", "where": ["status": "delivered", "attempts": 2], "count": 1]],
            ["request": ["path": "/webhooks?limit=1", "status": 200]],
            ["request": ["method": "POST", "path": "/__admin/clock/advance", "body": ["by": "1m"], "status": 200]],
            ["request": ["path": "/webhooks?topic=a b\u{E9}#c", "headers": ["Content-Length": "7"], "status": 400]],
        ],
    ]

    @Test(arguments: places, Way.allCases)
    func `a scenario talks to the simulator that it was sent to, and to nothing else on its port`(
        place: Place, way: Way
    )
        async throws
    {
        var options = SimulatorOptions()
        options.seed = 7
        (options.host, options.tls, options.adminToken) = (place.host, place.tls, place.adminToken)
        options.allowedHosts = place.allowedHost.map { [$0] } ?? []
        let simulator = try await Simulator.start(options)
        let port = try #require(simulator.url.split(separator: ":").last.flatMap { Int($0) })
        // A scenario that used a wrong address would connect to one of these. If the simulator listens on all
        // addresses, none can listen.
        let others = await OtherPrograms(port: port)
        if place.host == "127.0.0.2" { #expect(!others.listening.isEmpty) }
        let address = simulator.url.replacing("0.0.0.0", with: "127.0.0.1").replacing("[::]", with: "127.0.0.1")
        let client = TestClient(address, by: TestClient.credulousClient)
        let outcome = try await send(Self.scenario, by: way, to: client, adminToken: place.adminToken)
        #expect(outcome.response.status == 200 && outcome.isPassed, "\(outcome.response.text)")
        #expect(others.connections == 0)
        await others.stop()
        try await simulator.stop()
    }

    @Test func `a scenario runs beside a certificate of one's own`() async throws {
        let issued = try SelfSignedCertificate(names: ["127.0.0.1"])
        try await withTemporaryStore { path in
            for (name, pem) in [(".crt", issued.certificate), (".key", issued.privateKey)] {
                try Data(pem).write(to: URL(fileURLWithPath: path + name))
            }
            var options = SimulatorOptions()
            options.tls = .files(certificate: path + ".crt", privateKey: path + ".key")
            let simulator = try await Simulator.start(options)
            let client = TestClient(simulator.url, by: TestClient.credulousClient)
            #expect(try await send(Self.scenario, by: .controlAPI, to: client).isPassed)
            try await simulator.stop()
        }
    }

    /// Effects on the connection itself, with the failure of the step whose request they apply to.
    static let faults: [(effect: JSON, failure: String?)] = [
        (["connection": "empty"], "got no response"), (["connection": "reset"], "got no response"),
        (["connection": "close_midway"], "got no response"), (["connection": "random_then_close"], "got no response"),
        (["dribble": ["chunks": 3, "over": "3ms"]], nil),
        (["malformed_json": true], "the response is null"),
        (["status": 503], "status is 503"),
    ]

    @Test(arguments: faults)
    func `a fault of the API meets the scenario's own requests`(effect: JSON, failure: String?) async throws {
        try await withSimulator { client in
            let request: JSON = ["request": ["path": "/webhooks", "status": 200, "json": ["data": []]]]
            let rule: JSON = ["target": "api", "effect": effect, "times": 1]
            let outcome = try await send(["steps": [request, ["fault": rule], request]], by: .controlAPI, to: client)
            let steps = outcome.response.json["steps"]?.array ?? []
            try #require(steps.count == 3, "\(outcome.response.text)")
            #expect(steps[0]["passed"] == true && steps[1]["passed"] == true)
            if let failure {
                #expect(steps[2]["failure"]?.string?.contains(failure) == true, "\(steps[2])")
            } else {
                #expect(outcome.isPassed, "\(steps[2])")
            }
        }
    }

    @Test func `a header that can't be sent fails its step at once`() async throws {
        try await withSimulator { client in
            let request: JSON = ["request": ["path": "/webhooks", "headers": ["X-A": "1\r\nX-B: 2"], "status": 200]]
            let outcome = try await send(["steps": [request]], by: .controlAPI, to: client)
            let failure = outcome.response.json["steps"]?.array?.first?["failure"]?.string
            #expect(failure?.contains("got no response") == true, "\(outcome.response.text)")
        }
    }

    @Test func `many requests of a scenario at once use few connections`() async throws {
        try await withSimulator { client in
            let request: JSON = ["request": ["path": "/webhooks", "status": 200]]
            let scenario: JSON = ["steps": [["parallel": .array(Array(repeating: request, count: 500))]]]
            let outcome = try await send(scenario, by: .controlAPI, to: client)
            #expect(outcome.isPassed)
        }
    }
}

/// Listens on the same port of the other loopback addresses, as other programs could, and counts the connections.
private final class OtherPrograms: Sendable {
    private let count = Mutex(0)
    private let channels = Mutex<[any Channel]>([])

    var connections: Int { count.withLock { $0 } }
    var listening: [any Channel] { channels.withLock { $0 } }

    init(port: Int) async {
        for host in ["127.0.0.1", "::1"] {
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    self.count.withLock { $0 += 1 }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
            guard let channel = try? await bootstrap.bind(host: host, port: port).get() else { continue }
            channels.withLock { $0.append(channel) }
        }
    }

    func stop() async {
        for channel in listening { try? await channel.close() }
    }
}
