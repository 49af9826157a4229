import ArgumentParser
import FoundationEssentials
import Webhooks

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
            let answer = try await ControlClient.with(control) { try await $0.get("/__admin/faults") }
            guard control.output == .text else { return Terminal.line(answer.description) }
            let rules = answer["data"]?.array ?? []
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

        @Argument(help: "A preset's name, or a rule as JSON.")
        var rule: String

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let body = try FaultsCommand.body(rule)
            let answer = try await ControlClient.with(control) { try await $0.post("/__admin/faults", body) }
            guard control.output == .text else { return Terminal.line(answer.description) }
            for rule in answer["data"]?.array ?? [answer] { Terminal.line(FaultsCommand.line(rule)) }
        }
    }

    struct Clear: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove one rule, or all.", discussion: "Example: hooksim faults clear f1")

        @Argument(help: "The rule's id; without it, all are removed.")
        var id: String?

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let path = "/__admin/faults" + (id.map { "/" + percentEncoded($0) } ?? "")
            let answer = try await ControlClient.with(control) { try await $0.delete(path) }
            Terminal.line(
                control.output == .json
                    ? answer.description : id.map { "\($0) was removed" } ?? "all rules were removed")
        }
    }

    /// What is sent for a preset's name or a rule.
    static func body(_ text: String) throws -> JSON {
        guard text.first == "{" else { return ["preset": .string(text)] }
        do {
            return try JSON(parsing: text.utf8)
        } catch {
            throw CommandFailure(description: "the rule is not valid JSON: \(error)", status: 2)
        }
    }

    private static func line(_ rule: JSON) -> String {
        var parts = [rule["id"]?.string ?? "?", rule["target"]?.string ?? "?"]
        for name in ["match", "effect"] { if let value = rule[name] { parts.append("\(name) \(value)") } }
        for name in ["probability", "skip", "times", "for"] {
            if let value = rule[name] { parts.append("\(name) \(value)") }
        }
        parts.append("hits \(rule["hits"]?.integer ?? 0)")
        return parts.joined(separator: "  ")
    }
}
