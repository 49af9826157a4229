import ArgumentParser
import HooksimClient
import StrictJSON
import Webhooks

struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "List the topics, each with the field of its data that is the entity's id.",
        discussion: "Example: hooksim topics --output json")

    @Option(help: "text for people, json for machines, which has a sample of each topic's data as well.")
    var output = OutputFormat.text

    func run() {
        switch output {
        case .json:
            let rows = Topic.allCases.map { topic -> JSON in
                [
                    "topic": .string(topic.rawValue), "entity_field": .string(topic.entityField),
                    "sample": .object(Samples[topic].object),
                ]
            }
            Terminal.line((["data": .array(rows)] as JSON).description)
        case .text:
            let table = TextTable([.init("TOPIC", width: 30, minWidth: 30), .init("ENTITY ID", width: 20, minWidth: 9)])
            if let header = table.header { Terminal.line(header) }
            for topic in Topic.allCases {
                Terminal.line(table.line([.init(topic.rawValue), .init(topic.entityField)]))
            }
        }
    }
}
