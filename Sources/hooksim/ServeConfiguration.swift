import HooksimServer
import Logging
import StrictJSON
import Webhooks

/// The configuration of `serve` from arguments, environment and file, in descending precedence.
struct ServeConfiguration {
    private let given: GivenOptions

    /// The minimum length of an admin token that other machines can try to guess.
    private static let fewestTokenCharacters = 16

    /// Reads the configuration.
    ///
    /// - Throws: ``CommandFailure`` if the file can't be read or has an unknown key.
    init(arguments: ServeCommand) throws {
        let single: [String: String?] = [
            "host": arguments.host, "port": arguments.port, "store": arguments.store, "seed": arguments.seed,
            "clock": arguments.clock, "profile": arguments.profile, "client-id": arguments.clientID,
            "client-secret": arguments.clientSecret, "ready-file": arguments.readyFile,
            "admin-token": arguments.adminToken, "log-level": arguments.logLevel, "log-format": arguments.logFormat,
            "tls-cert": arguments.tlsCert, "tls-key": arguments.tlsKey,
            "tls-self-signed": arguments.tlsSelfSigned ? "true" : nil, "delivery-ca": arguments.deliveryCA,
            "insecure-deliveries": arguments.insecureDeliveries ? "true" : nil,
        ]
        var all = single.compactMapValues(\.self).merging(arguments.settings.given) { own, _ in own }.mapValues { [$0] }
        all["fault"] = arguments.fault
        all["allow-host"] = arguments.allowHost
        all["allow-http"] = arguments.allowHTTP
        given = try GivenOptions(arguments: all, file: arguments.config)
    }

    /// Returns the options of the simulator and the path of the ready file.
    ///
    /// - Throws: ``CommandFailure`` that names the option whose value is not valid.
    func options() throws -> (options: SimulatorOptions, readyFile: String?) {
        var options = SimulatorOptions()
        options.host = given.text("host") ?? options.host
        options.port = try given.number("port", in: 0...65535) ?? 8080
        options.store = given.text("store") ?? options.store
        options.seed = try given.value("seed", "must be a whole number from 0 to 18446744073709551615") { UInt64($0) }
        options.frozenAtMilliseconds = try given.value(
            "clock", "must be real, frozen or frozen@ with an instant such as 2025-01-15T09:00:00Z"
        ) {
            try frozenAt($0)
        }.flatMap { $0 }
        options.profile =
            try given.value("profile", "must be sandbox or faithful") { Profile(rawValue: $0) } ?? options.profile
        options.clientID = given.text("client-id") ?? options.clientID
        options.clientSecret = given.text("client-secret") ?? options.clientSecret
        options.allowedHosts = given.list("allow-host")
        options.plainHTTPHosts = try plainHTTPHosts()
        options.adminToken = given.adminToken
        options.logger = try logger()
        options.settings = try settings(of: options.profile)
        options.faults = try faultTexts().flatMap { try faults($0) }

        guard !options.clientID.contains(":") else { throw given.wrong("client-id", "must not contain a colon") }
        options.tls = try tls()
        options.deliveryAuthority = given.text("delivery-ca").map(Self.file)
        options.verifiesReceivers = try !given.flag("insecure-deliveries")
        try checkToken(options)
        return (options, given.text("ready-file"))
    }

    private func checkToken(_ options: SimulatorOptions) throws {
        guard options.isProtected else {
            throw given.wrong("host", "is not a loopback address, so the control API needs an --admin-token")
        }
        var withoutToken = options
        withoutToken.adminToken = nil
        guard let token = options.adminToken, !withoutToken.isProtected else { return }
        guard token.count >= Self.fewestTokenCharacters else {
            throw given.wrong(
                "admin-token",
                "must have at least \(Self.fewestTokenCharacters) characters, because --host is not a loopback address, so that other machines can guess it"
            )
        }
    }

    private func settings(of profile: Profile) throws -> Settings {
        var settings = Settings(profile: profile)
        var patch = JSONObject()
        for setting in Settings.definitions {
            patch[setting.name] = given.text(setting.optionName).map { setting.json(text: $0) }
        }
        do {
            try settings.apply(patch)
        } catch let failure as ValidationFailure {
            let (name, problem) = failure.fields[0]
            let key = name.replacing("_", with: "-")
            guard case .unexpected(_, let found) = problem, found == nil, let text = given.text(key),
                let setting = Settings.definitions.first(where: { $0.name == name })
            else { throw given.wrong(key, problem.description) }
            // These problems are in the words of JSON, and an option is a text.
            let isJSON = setting.meaningOfNull != nil || setting.json(text: text).array != nil
            throw given.wrong(
                key, (isJSON ? "must be \(setting.choices)" : problem.description) + ", not \(Terminal.sanitized(text))"
            )
        }
        return settings
    }

    private func plainHTTPHosts() throws -> [String] {
        let hosts = given.list("allow-http")
        for host in hosts where !PlainHTTPRule.isHost(host) {
            throw given.wrong(
                "allow-http",
                "must be a host such as receiver.example, 203.0.113.7 or *.example.com, without scheme and port, not \(host)"
            )
        }
        return hosts
    }

    /// Returns the presets and the rules. A variable may hold several, one a line, or one rule of several lines.
    private func faultTexts() -> [String] {
        (given["fault"]?.texts ?? []).flatMap { text in
            (try? JSON(parsing: text.utf8)) == nil ? text.split(whereSeparator: \.isNewline).map(String.init) : [text]
        }
    }

    /// Returns the rules of a preset with this name, or the one rule that this JSON describes; `@` and a path stands for
    /// the text of that file.
    private func faults(_ text: String) throws -> [FaultRule] {
        let text = try InputFile.argument(text)
        guard text.first(where: { !$0.isWhitespace }) == "{" else {
            guard let preset = FaultPreset(rawValue: text) else {
                let names = FaultPreset.allCases.map(\.rawValue)
                let hint = Suggestion.hint(
                    for: text, among: names, orElse: "\(names.joined(separator: ", ")), or a rule as JSON")
                throw given.wrong("fault", "has no preset \(Terminal.sanitized(text)); \(hint)")
            }
            return try preset.parsedRules()
        }
        do {
            return [try FaultRuleParser.parse(try JSON(parsing: text.utf8).object ?? JSONObject())]
        } catch let error as JSONError {
            throw given.wrong("fault", "is not valid JSON: \(error)")
        } catch {
            throw given.wrong("fault", "is not a fault rule: \(error)")
        }
    }

    /// Returns the instant of a frozen clock in milliseconds; the inner `nil` stands for a running clock, the outer one
    /// for a text that is not valid.
    private func frozenAt(_ text: String) throws -> Int64?? {
        if text == "real" { return .some(nil) }
        if text == "frozen" { return SimulatedClock().now.milliseconds }
        guard text.hasPrefix("frozen@") else { return .none }
        do {
            return try Timestamp(iso8601: String(text.dropFirst("frozen@".count))).milliseconds
        } catch {
            throw given.wrong("clock", "has an instant that \(error)")
        }
    }

    private func logger() throws -> Logger {
        let level = try given.value(
            "log-level", "must be trace, debug, info, notice, warning, error, critical or off"
        ) { text in LogLevel(text) }
        let format =
            try given.value("log-format", "must be text or json") { LogFormat(rawValue: $0.lowercased()) } ?? .text
        guard level != .off else { return Logger(label: "hooksim") { _ in SwiftLogNoOpLogHandler() } }
        var logger = Logger(label: "hooksim") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        if case .some(.from(let level)) = level { logger.logLevel = level } else { logger.logLevel = .notice }
        return logger
    }

    private enum LogFormat: String { case text, json }

    private enum LogLevel: Equatable {
        case off
        case from(Logger.Level)

        init?(_ text: String) {
            switch text.lowercased() {
            case "off", "none": self = .off
            case "warn": self = .from(.warning)
            case let name:
                guard let level = Logger.Level(rawValue: name) else { return nil }
                self = .from(level)
            }
        }
    }

    private func tls() throws -> ServerTLS? {
        switch (given.text("tls-cert"), given.text("tls-key"), try given.flag("tls-self-signed")) {
        case (nil, nil, let isSelfSigned): return isSelfSigned ? .selfSigned : nil
        case (_?, _?, true):
            throw given.wrong("tls-self-signed", "creates a certificate; omit --tls-cert and --tls-key")
        case (let certificate?, let privateKey?, false):
            return .files(certificate: Self.file(certificate), privateKey: Self.file(privateKey))
        case (nil, _?, _): throw given.wrong("tls-key", "needs the certificate of that key in --tls-cert")
        case (_?, nil, _): throw given.wrong("tls-cert", "needs the key of that certificate in --tls-key")
        }
    }

    /// Returns the path of a file that the server reads.
    private static func file(_ path: String) -> String { path == "-" ? "/dev/stdin" : path }
}
