import HooksimScenarios
import StrictJSON
import Webhooks

/// The options of `serve` that are given as arguments, environment variables or keys of a file, in descending
/// precedence, each with the place where it is given.
struct GivenOptions {
    /// The value of an option.
    struct Value {
        /// The elements of a list, or one text.
        let texts: [String]
        /// The place for messages: `--port`, `HOOKSIM_PORT`, or `hooksim.yaml:3:7: port`.
        let origin: String
    }

    static let keys =
        ["host", "port", "store", "seed", "clock", "profile", "client-id", "client-secret"]
        + Settings.definitions.map(\.optionName) + [
            "fault", "ready-file", "allow-host", "allow-http", "admin-token", "log-level", "log-format", "tls-cert",
            "tls-key", "tls-self-signed", "delivery-ca", "insecure-deliveries",
        ]

    private var values: [String: Value] = [:]

    /// Reads the options.
    ///
    /// - Parameters:
    ///   - arguments: The arguments, by the names of their options without dashes in front.
    ///   - path: The configuration file; without it, the one that `HOOKSIM_CONFIG` names.
    /// - Throws: ``CommandFailure`` if the file can't be read or has an unknown key.
    init(arguments: [String: [String]] = [:], file path: String? = nil) throws {
        if let path = path ?? EnvironmentVariables.value("HOOKSIM_CONFIG") { values = try Self.file(path) }
        for key in Self.keys {
            let name = EnvironmentVariables.name(ofOption: key)
            if let text = EnvironmentVariables.value(name) { values[key] = Value(texts: [text], origin: name) }
        }
        for (key, texts) in arguments where !texts.isEmpty {
            guard key == "admin-token" || texts.allSatisfy({ !$0.isEmpty }) else {
                throw CommandFailure(description: "--\(key) is empty; leave it out, or give it a value", status: 2)
            }
            values[key] = Value(texts: texts, origin: "--\(key)")
        }
    }

    /// The value of an option; `nil` if it is not given.
    subscript(key: String) -> Value? { values[key] }

    /// The text of an option, with commas between the elements of a list.
    func text(_ key: String) -> String? { values[key]?.texts.joined(separator: ",") }

    /// The elements of an option that is a list, or a text with commas between them.
    func list(_ key: String) -> [String] {
        (values[key]?.texts ?? []).flatMap { $0.split(separator: ",") }.map { $0.trimming(" ") }.filter { !$0.isEmpty }
    }

    /// Returns the value of an option, read by `parse`.
    ///
    /// - Throws: ``CommandFailure`` with the rule of the option's values if `parse` returns `nil`.
    func value<Value>(_ key: String, _ rule: String, _ parse: (String) throws -> Value?) throws -> Value? {
        guard let text = text(key) else { return nil }
        guard let value = try parse(text) else { throw wrong(key, "\(rule), not \(Terminal.sanitized(text))") }
        return value
    }

    func number(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        try value(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func flag(_ key: String) throws -> Bool {
        try value(key, "must be true or false") { text in
            switch text.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        } ?? false
    }

    /// The admin token; a text that stands for no value in a template is none.
    var adminToken: String? { Self.token(text("admin-token")) }

    static func token(_ text: String?) -> String? { text.flatMap { ["", "null"].contains($0) ? nil : $0 } }

    /// Returns the failure of an option, which begins with the place where it was given.
    func wrong(_ key: String, _ problem: String) -> CommandFailure {
        CommandFailure(description: "\(values[key]?.origin ?? "--\(key)") \(problem)", status: 2)
    }

    /// Returns the options in a YAML or JSON file, in which each key is an option with a single value or a list.
    private static func file(_ path: String) throws -> [String: Value] {
        let file = try InputFile(path: path)
        let root: ScenarioNode?
        do {
            root = try ScenarioFile.nodes(of: try file.text())
        } catch let problem as ScenarioProblem {
            throw CommandFailure(description: "\(file.name):\(problem)", status: 2)
        }
        guard let root, !root.isNull else { return [:] }
        let wrong = { (node: ScenarioNode, problem: String) in
            CommandFailure(
                description: "\(file.name):\(node.position.line):\(node.position.column): \(problem)", status: 2)
        }
        guard case .mapping(let members) = root.value else {
            throw wrong(root, "this is \(root.kind); expected options and their values, such as port: 8081")
        }
        var values: [String: Value] = [:]
        for (key, value) in members {
            let name = (key.text ?? "").replacing("_", with: "-")
            guard keys.contains(name) else {
                let hint = Suggestion.hint(for: name, among: keys, orElse: "one of \(keys.joined(separator: ", "))")
                throw wrong(key, "\(key.name) is not an option of serve; \(hint)")
            }
            guard let texts = texts(value, isRule: name == "fault") else {
                throw wrong(value, "\(name) is \(value.kind); expected a single value or a list of them")
            }
            guard !texts.isEmpty else { continue }
            let place = "\(file.name):\(value.position.line):\(value.position.column)"
            values[name] = Value(texts: texts, origin: "\(place): \(name)")
        }
        return values
    }

    /// Returns the texts of a value without those that are empty or null; `nil` if it is none that an option can have.
    private static func texts(_ node: ScenarioNode, isRule: Bool) -> [String]? {
        switch node.value {
        case .scalar(let text, _): return node.isNull || text.isEmpty ? [] : [text]
        case .mapping: return isRule ? [node.json.description] : nil
        case .sequence(let elements):
            var all: [String] = []
            for element in elements {
                if case .sequence = element.value { return nil }
                guard let texts = texts(element, isRule: isRule) else { return nil }
                all += texts
            }
            return all
        }
    }
}

extension StringProtocol {
    /// Returns the text without these characters at its ends.
    fileprivate func trimming(_ character: Character) -> String {
        var rest = self[...]
        while rest.first == character { rest = rest.dropFirst() }
        while rest.last == character { rest = rest.dropLast() }
        return String(rest)
    }
}
