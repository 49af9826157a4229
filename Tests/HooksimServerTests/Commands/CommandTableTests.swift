import FoundationEssentials
import StrictJSON
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tests of what each command says, and of its exit status, when a request can't succeed and when it is interrupted.
/// They run in turn, because they start so many programs that the other tests would wait for them.
@Suite(.serialized) struct CommandTableTests {
    /// The commands that send requests; FOLDER is an empty folder.
    private static let commands: [[String]] = [
        ["health"], ["clock"], ["clock", "advance", "5s"], ["events"], ["events", "--follow"],
        ["events", "resend", "x"],
        ["faults"], ["faults", "add", "flaky"], ["faults", "clear"], ["trigger", "invoice_paid"],
        ["trigger", "invoice_paid", "--wait"], ["listen"], ["record", "-o", "-"], ["backup", "FOLDER/backup.db"],
        ["reset"],
    ]

    enum Situation: CaseIterable {
        case noServer, unknownHost, otherService, otherProtocol, untrusted, httpToHTTPS, httpsToHTTP, noToken,
            wrongToken

        /// What each command says about the address.
        func message(_ url: String) -> String {
            let other = "name the simulator's address with --url or HOOKSIM_URL"
            return switch self {
            case .noServer:
                "no simulator responds at \(url): connection refused; start one with `hooksim serve`, or \(other)"
            case .unknownHost: "no simulator responds at \(url): the host has no address; \(other)"
            case .otherService: "another service responds at \(url) (status 404 to "
            case .otherProtocol: "no simulator responds at \(url): the service there does not use HTTP; \(other)"
            case .untrusted: "the certificate of \(url) is not trusted; name its authority with --ca-file"
            case .httpToHTTPS: "\(url) is https; write https:// in --url or HOOKSIM_URL"
            case .httpsToHTTP: "\(url) is not https; write http:// in --url or HOOKSIM_URL"
            case .noToken: "the control API needs its admin token; name it with --admin-token or HOOKSIM_ADMIN_TOKEN"
            case .wrongToken: "the admin token is wrong; name it with --admin-token or HOOKSIM_ADMIN_TOKEN"
            }
        }
    }

    @Test(arguments: Situation.allCases)
    func `each command says why no request succeeds`(situation: Situation) async throws {
        switch situation {
        case .noServer: try await expectFailure(situation, at: "http://127.0.0.1:1")
        case .unknownHost: try await expectFailure(situation, at: "http://nowhere.invalid:8080")
        case .otherService, .otherProtocol:
            let receiver = try await Receiver { _, _ in
                situation == .otherService ? .status(404) : .rawThenCut("SSH-2.0-OpenSSH_9.2\r\n")
            }
            try await expectFailure(situation, at: receiver.url.trimmed)
            try await receiver.stop()
        case .untrusted, .httpToHTTPS, .httpsToHTTP, .noToken, .wrongToken:
            // The server is another process, whose deadlines for clients hold also while the tests are busy.
            let isSecure = [.untrusted, .httpToHTTPS].contains(situation)
            let serve = try Program(
                ["serve", "--port", "0"] + (isSecure ? ["--tls-self-signed"] : [])
                    + ([.noToken, .wrongToken].contains(situation) ? ["--admin-token", "admin-token-1"] : []))
            await serve.waitForOutput("\n")
            let url = try #require(try JSON(parsing: Array(serve.output.utf8))["url"]?.string, "\(serve.errors)")
            let scheme = [.untrusted, .httpsToHTTP].contains(situation) ? "https" : "http"
            try await expectFailure(
                situation, at: scheme + url.drop { $0 != ":" },
                environment: situation == .wrongToken ? ["HOOKSIM_ADMIN_TOKEN": "another"] : [:])
            #expect(await serve.stop() == 0)
        }
    }

    private func expectFailure(_ situation: Situation, at url: String, environment: [String: String] = [:]) async throws
    {
        let isTokenOptional: Set = [["health"], ["listen"]]
        try await withTemporaryStore { store in
            let folder = URL(filePath: store).deletingLastPathComponent().path
            for command in Self.commands {
                if [.noToken, .wrongToken].contains(situation), isTokenOptional.contains(command) { continue }
                let arguments = command.map { $0.replacing("FOLDER", with: folder) } + ["--url", url]
                let program = try Program(arguments, environment: environment)
                #expect(await program.end() == 1, "\(command)")
                #expect(program.errors.hasPrefix("hooksim: " + situation.message(url)), "\(command): \(program.errors)")
                #expect(program.errors.split(separator: "\n").count == 1 && program.output.isEmpty, "\(command)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty, "no incomplete backup is left")
        }
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
    func `a signal ends a command that waits`(signal: Int32, status: Int32) async throws {
        try await withSimulator { client in
            let receiver = try await Receiver { _, _ in .hang }
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.settings(["delivery_timeout": "60s"])
            let follow = try Program(["events", "--follow", "--url", client.url])
            await follow.waitForErrors("following")
            let trigger = try Program(["trigger", "invoice_paid", "--wait", "--url", client.url])
            // The attempt has no end, so it is not shown; the event says that it has begun.
            await follow.waitForOutput("invoice_paid")
            for program in [follow, trigger] {
                program.send(signal)
                #expect(await program.end() == status)
                #expect(!program.errors.contains("hooksim: "), "\(program.errors)")
            }
            try await receiver.stop()
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `a signal ends a command that has just started`(signal: Int32) async throws {
        for command in Self.commands where command.first != "backup" {
            let program = try Program(command + ["--url", "http://127.0.0.1:1"])
            program.send(signal)
            // The system's own action has the number of the signal as its status, as Foundation reports it.
            #expect([signal, 128 + signal, 1].contains(await program.end()), "\(command)")
        }
    }

    @Test func `a server that disappears ends the commands that wait for it`() async throws {
        let receiver = try await Receiver { _, _ in .hang }
        let serve = try Program(["serve", "--port", "0"])
        await serve.waitForOutput("\n")
        let url = try #require(try JSON(parsing: Array(serve.output.utf8))["url"]?.string)
        let client = TestClient(url)
        try await client.subscribe(to: receiver.url, token: try await client.token())
        let follow = try Program(["events", "--follow", "--url", url])
        await follow.waitForErrors("following")
        let trigger = try Program(["trigger", "invoice_paid", "--wait", "--url", url])
        await follow.waitForOutput("invoice_paid")
        serve.send(SIGKILL)
        #expect(await follow.end() == 1)
        #expect(follow.errors.contains("the simulator has stopped"), "\(follow.errors)")
        #expect(await trigger.end() == 1)
        #expect(trigger.errors.contains("\(url)"), "\(trigger.errors)")
        _ = await serve.end()
        try await receiver.stop()
    }
}

extension String {
    /// The address without the path.
    fileprivate var trimmed: String { split(separator: "/").prefix(2).joined(separator: "//") }
}
