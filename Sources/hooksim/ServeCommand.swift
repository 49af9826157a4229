import ArgumentParser
import HooksimServer
import class Foundation.Thread

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the simulator until ^C, SIGTERM or SIGHUP.",
        discussion: """
            Example: hooksim serve --port 0 --clock frozen@2025-01-15T09:00:00Z --seed 7
            Each option is also an environment variable (HOOKSIM_PORT for --port) and a key of the --config file (port: 0). \
            An argument wins over the environment, the environment over the file.
            Once it accepts connections, it prints its url and credentials: for people on a terminal, else as one line of JSON.
            """)

    @Option(
        help: "host (string, default 127.0.0.1): the address to listen on; anything but loopback needs --admin-token.")
    var host: String?
    @Option(help: "port (0…65535, default 8080): 0 is any free port.")
    var port: String?
    @Option(help: "store (path, default :memory:): a file keeps everything across restarts.")
    var store: String?
    @Option(help: "seed (integer, default random): what ids, tokens, jitter and fault samples are drawn from.")
    var seed: String?
    @Option(help: "clock (real | frozen[@RFC3339], default real): frozen moves only when it is advanced.")
    var clock: String?
    @Option(
        help:
            "profile (sandbox | faithful, default sandbox): faithful takes only https endpoints and limits rates, as the real API."
    )
    var profile: String?
    @Option(help: "client-id (string, default sandbox): the default client, which exists at start.")
    var clientID: String?
    @Option(help: "client-secret (string, default sandbox-secret): the secret of the default client.")
    var clientSecret: String?
    @OptionGroup var settings: SettingOptions
    @Option(
        help:
            "fault (preset, rule as JSON, or @ and a file with one, default none): a fault rule active at start. May be repeated."
    )
    var fault: [String] = []
    @Option(help: "ready-file (path, default none): gets the ready line, and is removed at the end.")
    var readyFile: String?
    @Option(help: "allow-host (hosts, default none): more hosts that the control API accepts. May be repeated.")
    var allowHost: [String] = []
    @Option(
        name: .customLong("allow-http"),
        help:
            "allow-http (hosts, default none): more hosts whose endpoints may be plain http, in every profile; *.example.com allows all below it. May be repeated."
    )
    var allowHTTP: [String] = []
    @Option(help: "admin-token (string, default none): what the control API asks for as a bearer token.")
    var adminToken: String?
    @Option(help: "tls-cert (path, default none): a certificate in PEM, for clients that insist on https.")
    var tlsCert: String?
    @Option(help: "tls-key (path, default none): its key.")
    var tlsKey: String?
    @Flag(
        help:
            "tls-self-signed (default false): creates a certificate at start; clients must trust the ready line's ca_file."
    )
    var tlsSelfSigned = false
    @Option(
        help: "delivery-ca (path, default none): authorities in PEM that https receivers may have beside the system's.")
    var deliveryCA: String?
    @Flag(
        help:
            "insecure-deliveries (default false): takes any certificate of an https receiver. For test receivers only.")
    var insecureDeliveries = false
    @Option(help: "log-level (trace | debug | info | notice | warning | error | critical | off, default notice).")
    var logLevel: String?
    @Option(help: "log-format (text | json, default text): logs go to standard error.")
    var logFormat: String?
    @Option(help: "A YAML file with any of these options (environment HOOKSIM_CONFIG).")
    var config: String?
    @Flag(help: "Stop when standard input ends, so that it can't outlive the program that started it.")
    var untilInputEnds = false

    @Option(
        help:
            "json prints the ready line, text a few lines for people (default: text on a terminal, json elsewhere).")
    var output: OutputFormat?
    @Flag(help: "Open the inspector in a browser: the one that BROWSER names, or the desktop's.")
    var open = false

    func run() async throws {
        EnvironmentVariables.noteMisspelt()
        let (options, readyFile) = try ServeConfiguration(arguments: self).options()
        raiseOpenFileLimit()
        keepMemorySmall()
        let simulator: Simulator
        do {
            simulator = try await Simulator.start(options)
        } catch let error as SimulatorError {
            throw CommandFailure(description: error.description)
        }
        try await Interruption.notifying({ status in
            if status == 128 + SIGINT { Terminal.error("stopping; ^C again stops at once") }
            Task { try await simulator.stop() }
        }) {
            do {
                try await serve(simulator, options, readyFile)
            } catch {
                try? await simulator.stop()
                throw error
            }
        }
    }

    /// Announces a simulator that has started, waits until it has stopped, and removes the files that it has announced.
    private func serve(_ simulator: Simulator, _ options: SimulatorOptions, _ readyFile: String?) async throws {
        let authority = simulator.certificateAuthority.map(AuthorityFile.init(pem:))
        defer { authority?.remove() }
        let announcement = ReadyAnnouncement(simulator, options, authority: authority)
        let isForPeople = (output ?? (Terminal.isTerminal(.standardOutput) ? .text : .json)) == .text
        try Self.say(isForPeople ? announcement.banner : announcement.line + "\n", isNecessary: readyFile == nil)
        if open { Browser.open(announcement.inspector) }
        // It is written last, since programs that wait for it expect everything else to be there.
        let file = try readyFile.map { try ReadyFile(path: $0, line: announcement.line) }
        defer { file?.remove() }
        if untilInputEnds { stopWhenInputEnds(simulator) }
        try await simulator.waitUntilStopped()
    }

    /// Writes what the simulator announces to standard output.
    ///
    /// - Throws: An error if that is not possible and no ready file has the same line.
    private static func say(_ text: String, isNecessary: Bool) throws {
        guard let error = Terminal.attempt(text), isNecessary else { return }
        guard error != EPIPE else { throw ExitCode(Interruption.readerHasLeft) }
        throw CommandFailure(
            description:
                "standard output can't be written: \(systemReason(error)); it gets the ready line unless --ready-file names a file"
        )
    }

    /// Stops the simulator when standard input ends. The system closes the other end of the pipe even when the process
    /// that holds it is killed.
    private func stopWhenInputEnds(_ simulator: Simulator) {
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(0, &byte, 1)
                guard count > 0 || count < 0 && errno == EINTR else { break }
            }
            Task { try await simulator.stop() }
        }
    }

    /// Configures malloc to return large buffers to the system at once instead of fragmenting the heap: a simulator
    /// that has sent a response with ten thousand events is as small afterwards as before.
    private func keepMemorySmall() {
        // The symbol is looked up by name, because only glibc has mallopt and no module includes its header.
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
        let (trimThreshold, mmapThreshold, arenaMax): (CInt, CInt, CInt) = (-1, -3, -8)
        _ = mallopt(mmapThreshold, 256 << 10)
        // A page of events is larger than the default threshold, so each one would allocate the memory that the last
        // one has returned.
        _ = mallopt(trimThreshold, 1 << 20)
        // With fewer arenas, the threads that send responses wait for each other; with more, each arena keeps the
        // memory of its peak.
        _ = mallopt(arenaMax, 4)
    }

    /// Raises the limit of open files, since each delivery to a slow endpoint holds a socket and the usual limit of
    /// 1024 is too low for many of them.
    private func raiseOpenFileLimit() {
        guard let limit = OpenFileLimit() else { return }
        limit.set(min(limit.max, 1 << 16))
    }
}
