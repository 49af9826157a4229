import ArgumentParser
import HooksimClient
import StrictJSON

struct FaultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults",
        abstract: "List, add and clear the fault rules of a running simulator.",
        discussion: """
            Example: hooksim faults add flaky
            Example: hooksim faults add '{"target": "delivery", "effect": {"duplicate": 2}, "times": 1}'
            """,
        subcommands: [List.self, Add.self, Clear.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the rules in force, or the presets.", discussion: "Example: hooksim faults list --presets")

        @Flag(help: "List the presets, which need no running simulator.")
        var presets = false

        @OptionGroup var control: ControlOptions

        func run() async throws {
            guard !presets else { return listPresets() }
            let rules = try await control.withClient { try await $0.faults() }
            guard control.output == .text else { return Terminal.line(FaultsCommand.json(rules)) }
            if rules.isEmpty { Terminal.line("no fault rules; add one with `hooksim faults add flaky`") }
            for rule in rules { Terminal.line(FaultsCommand.line(rule)) }
        }

        private func listPresets() {
            for preset in FaultPreset.allCases {
                switch control.output {
                case .text:
                    let name = preset.rawValue + String(repeating: " ", count: 14 - preset.rawValue.count)
                    Terminal.line("\(name)\(preset.summary)")
                case .json:
                    let line: JSON = [
                        "name": .string(preset.rawValue), "summary": .string(preset.summary),
                        "rules": .array(preset.rules),
                    ]
                    Terminal.line(line.description)
                }
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the rules of a preset, or one rule.",
            discussion:
                "Example: hooksim faults add '{\"target\": \"api\", \"effect\": {\"status\": 503}, \"probability\": 0.1}'"
        )

        @Argument(help: "A preset's name, a rule as JSON, or @ and the path of a file with one; @- is standard input.")
        var rule: String

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let rule = try InputFile.argument(rule)
            guard rule.first == "{" else { return try await add(try FaultsCommand.preset(rule)) }
            let new = NewFaultRule(json: try FaultsCommand.body(rule))
            let added = try await control.withClient { try await $0.addFault(new) }
            Terminal.line(control.output == .json ? added.json.description : FaultsCommand.line(added))
        }

        private func add(_ preset: FaultPreset) async throws {
            let added = try await control.withClient { try await $0.addFaults(preset) }
            guard control.output == .text else { return Terminal.line(FaultsCommand.json(added)) }
            for rule in added { Terminal.line(FaultsCommand.line(rule)) }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove one rule, or all.", discussion: "Example: hooksim faults clear f1")

        @Argument(help: "The rule's id; without it, all are removed.")
        var id: String?

        @OptionGroup var control: ControlOptions

        func run() async throws {
            guard let id else {
                try await control.withClient { try await $0.clearFaults() }
                return Terminal.line(control.output == .json ? FaultsCommand.json([]) : "all rules were removed")
            }
            let removed = try await control.withClient { try await $0.removeFault(id) }
            Terminal.line(control.output == .json ? removed.json.description : "\(id) was removed")
        }
    }

    /// Returns the body of a request that adds the preset with this name, or this rule in JSON.
    ///
    /// - Throws: ``CommandFailure`` if the rule is not valid JSON.
    static func body(_ text: String) throws -> JSON {
        guard text.first == "{" else { return ["preset": .string(text)] }
        do {
            return try JSON(parsing: text.utf8)
        } catch {
            throw CommandFailure(description: "the rule is not valid JSON: \(error)", status: 2)
        }
    }

    private static func preset(_ name: String) throws -> FaultPreset {
        guard let preset = FaultPreset(rawValue: name) else {
            let names = FaultPreset.allCases.map(\.rawValue)
            let hint =
                Suggestion.nearest(to: name, among: names).map { "did you mean \($0)?" }
                ?? "there are \(names.joined(separator: ", "))"
            throw CommandFailure(description: "there is no preset \(Terminal.sanitized(name)); \(hint)", status: 2)
        }
        return preset
    }

    private static func json(_ rules: [FaultRule]) -> String {
        (["data": .array(rules.map(\.json))] as JSON).description
    }

    private static func line(_ rule: FaultRule) -> String {
        var parts = [rule.id, rule.target]
        for name in ["match", "effect", "probability", "skip", "times", "for"] {
            if let value = rule.json[name] { parts.append("\(name) \(value)") }
        }
        parts.append("hits \(rule.hits)")
        return parts.joined(separator: "  ")
    }
}
