import Configuration
import FoundationEssentials
import HooksimServer
import Logging
import StrictJSON
import SystemPackage
import Webhooks
import Yams

/// The configuration of `serve` from arguments, environment and file, in descending precedence.
struct ServeConfiguration {
    private let reader: ConfigReader

    private static let keys =
        ["host", "port", "store", "seed", "clock", "profile", "client-id", "client-secret"]
        + Settings.definitions.map(\.optionName) + [
            "fault", "ready-file", "allow-host", "allow-http", "admin-token", "log-level", "log-format", "tls-cert",
            "tls-key", "tls-self-signed", "delivery-ca", "insecure-deliveries",
        ]

    /// Reads the configuration.
    ///
    /// - Throws: ``CommandFailure`` if the file can't be read or has an unknown key.
    init(arguments: ServeCommand) throws {
        let given: [String: String?] = [
            "host": arguments.host, "port": arguments.port, "store": arguments.store, "seed": arguments.seed,
            "clock": arguments.clock, "profile": arguments.profile, "client-id": arguments.clientID,
            "client-secret": arguments.clientSecret,
            "fault": arguments.fault.isEmpty ? nil : arguments.fault.joined(separator: "\n"),
            "ready-file": arguments.readyFile,
            "allow-host": arguments.allowHost.isEmpty ? nil : arguments.allowHost.joined(separator: ","),
            "allow-http": arguments.allowHTTP.isEmpty ? nil : arguments.allowHTTP.joined(separator: ","),
            "admin-token": arguments.adminToken, "log-level": arguments.logLevel, "log-format": arguments.logFormat,
            "tls-cert": arguments.tlsCert, "tls-key": arguments.tlsKey,
            "tls-self-signed": arguments.tlsSelfSigned ? "true" : nil, "delivery-ca": arguments.deliveryCA,
            "insecure-deliveries": arguments.insecureDeliveries ? "true" : nil,
        ]
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        let all = given.compactMapValues(\.self).merging(arguments.settings.given) { own, _ in own }
        for (name, value) in all {
            values[AbsoluteConfigKey([name])] = ConfigValue(.string(value), isSecret: false)
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "arguments", values: values),
            EnvironmentVariablesProvider().prefixKeys(with: "hooksim"),
        ]
        if let path = arguments.config { providers.append(InMemoryProvider(name: path, values: try Self.file(path))) }
        reader = ConfigReader(providers: providers)
    }

    /// Returns the keys and values of a YAML file, in which each key is an option with a single value or a list.
    private static func file(_ path: String) throws -> [AbsoluteConfigKey: ConfigValue] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(description: "the config file \(path) can't be read", status: 2)
        }
        let node: Node?
        do {
            node = try Yams.compose(yaml: String(decoding: data, as: UTF8.self))
        } catch {
            throw CommandFailure(description: "the config file \(path) is not valid YAML: \(error)", status: 2)
        }
        guard let node else { return [:] }
        guard let mapping = node.mapping else {
            throw CommandFailure(
                description: "the config file \(path) must be a mapping of options to values", status: 2)
        }
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in mapping {
            let name = key.string?.split(separator: "_").joined(separator: "-") ?? ""
            let line = key.mark.map { ":\($0.line):\($0.column)" } ?? ""
            guard keys.contains(name) else {
                throw CommandFailure(
                    description:
                        "\(path)\(line): \(key.string ?? "?") is not an option of serve; they are \(keys.joined(separator: ", "))",
                    status: 2)
            }
            let texts = value.sequence.map { $0.compactMap(\.scalar?.string) } ?? value.scalar.map { [$0.string] }
            guard let texts, value.sequence.map({ $0.count == texts.count }) ?? true else {
                throw CommandFailure(
                    description: "\(path)\(line): \(name) must be a single value or a list of them", status: 2)
            }
            values[AbsoluteConfigKey([name])] = ConfigValue(
                .string(texts.joined(separator: name == "fault" ? "\n" : ",")), isSecret: false)
        }
        return values
    }

    /// Returns the options of the simulator and the path of the ready file.
    ///
    /// - Throws: ``CommandFailure`` that names the option whose value is not valid.
    func options() throws -> (options: SimulatorOptions, readyFile: String?) {
        var options = SimulatorOptions()
        options.host = text("host") ?? options.host
        options.port = try number("port", in: 0...65535) ?? 8080
        options.store = text("store") ?? options.store
        options.seed = try value("seed", "must be a whole number from 0 to 18446744073709551615") { UInt64($0) }
        options.frozenAtMilliseconds = try value(
            "clock", "must be real, frozen or frozen@ with an instant such as 2025-01-15T09:00:00Z"
        ) {
            try Self.frozenAt($0)
        }.flatMap { $0 }
        options.profile =
            try value("profile", "must be sandbox or faithful") { Profile(rawValue: $0) } ?? options.profile
        options.clientID = text("client-id") ?? options.clientID
        options.clientSecret = text("client-secret") ?? options.clientSecret
        options.allowedHosts = (text("allow-host") ?? "").split(separator: ",").map(String.init)
        options.plainHTTPHosts = try plainHTTPHosts()
        options.adminToken = text("admin-token")
        options.logger = try logger()

        var settings = Settings(profile: options.profile)
        var patch = JSONObject()
        for setting in Settings.definitions {
            patch[setting.name] = text(setting.optionName).map { setting.json(text: $0) }
        }
        do {
            try settings.apply(patch)
        } catch let failure as ValidationFailure {
            let (name, problem) = failure.fields[0]
            throw Self.wrong(name.split(separator: "_").joined(separator: "-"), problem.description)
        }
        options.settings = settings
        options.faults = try (text("fault") ?? "").split(separator: "\n").flatMap { try Self.faults(String($0)) }

        guard !options.clientID.contains(":"), !options.clientID.isEmpty else {
            throw Self.wrong("client-id", "must not be empty or contain a colon")
        }
        options.tls = try tls()
        options.deliveryAuthority = text("delivery-ca")
        options.verifiesReceivers = try !flag("insecure-deliveries")
        guard options.isProtected else {
            throw Self.wrong("host", "is not a loopback address, so the control API needs an --admin-token")
        }
        return (options, text("ready-file"))
    }

    private func plainHTTPHosts() throws -> [String] {
        let hosts = (text("allow-http") ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
        for host in hosts where !PlainHTTPRule.isHost(host) {
            throw Self.wrong(
                "allow-http",
                "must be a host such as receiver.example, 203.0.113.7 or *.example.com, without scheme and port, not \(host)"
            )
        }
        return hosts
    }

    /// Returns the rules of a preset with this name, or the one rule that this JSON describes.
    private static func faults(_ text: String) throws -> [FaultRule] {
        let body = try FaultsCommand.body(text)
        if let name = body["preset"]?.string {
            guard let preset = FaultPreset(rawValue: name) else {
                throw wrong(
                    "fault",
                    "must be one of \(FaultPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a rule as JSON, not \(name)"
                )
            }
            return try preset.parsedRules()
        }
        do {
            return [try FaultRuleParser.parse(body.object ?? JSONObject())]
        } catch {
            throw wrong("fault", "is not a fault rule: \(error)")
        }
    }

    /// Returns the instant of a frozen clock in milliseconds; the inner `nil` stands for a running clock, the outer one
    /// for a text that is not valid.
    private static func frozenAt(_ text: String) throws -> Int64?? {
        if text == "real" { return .some(nil) }
        if text == "frozen" { return SimulatedClock().now.milliseconds }
        guard text.hasPrefix("frozen@") else { return .none }
        do {
            return try Timestamp(iso8601: String(text.dropFirst("frozen@".count))).milliseconds
        } catch {
            throw wrong("clock", "has an instant that \(error)")
        }
    }

    private func logger() throws -> Logger {
        let level = try value("log-level", "must be trace, debug, info, notice, warning, error or critical") {
            Logger.Level(rawValue: $0)
        }
        let format = try value("log-format", "must be text or json") { LogFormat(rawValue: $0) } ?? .text
        var logger = Logger(label: "hooksim") { label in
            switch format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = level ?? .notice
        return logger
    }

    private enum LogFormat: String { case text, json }

    private func tls() throws -> ServerTLS? {
        switch (text("tls-cert"), text("tls-key"), try flag("tls-self-signed")) {
        case (nil, nil, let isSelfSigned): return isSelfSigned ? .selfSigned : nil
        case (_?, _?, true):
            throw Self.wrong("tls-self-signed", "creates a certificate; omit --tls-cert and --tls-key")
        case (let certificate?, let privateKey?, false):
            return .files(certificate: certificate, privateKey: privateKey)
        case (nil, _?, _): throw Self.wrong("tls-cert", "must name the certificate of --tls-key")
        case (_?, nil, _): throw Self.wrong("tls-key", "must name the key of --tls-cert")
        }
    }

    private func flag(_ key: String) throws -> Bool {
        try value(key, "must be true or false") { Bool($0) } ?? false
    }

    private func text(_ key: String) -> String? { reader.string(forKey: ConfigKey([key])) }

    private func number(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        try value(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    private func value<Value>(_ key: String, _ rule: String, _ parse: (String) throws -> Value?) throws -> Value? {
        guard let text = text(key) else { return nil }
        guard let value = try parse(text) else { throw Self.wrong(key, "\(rule), not \(text)") }
        return value
    }

    private static func wrong(_ key: String, _ problem: String) -> CommandFailure {
        CommandFailure(description: "--\(key) \(problem)", status: 2)
    }
}
