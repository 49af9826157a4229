import StrictJSON
import Webhooks

/// Prints one line for each delivery, followed by its headers, its body and the response if `isVerbose` is set.
struct DeliveryPrinter: Sendable {
    /// What became of a delivery.
    enum Outcome: Sendable {
        case responded(DeliveryResponse)
        /// The simulator stopped to wait before there was a response.
        case abandoned
    }

    let format: OutputFormat
    let isVerbose: Bool
    private let clock = SimulatedClock()

    init(format: OutputFormat, isVerbose: Bool) {
        self.format = format
        self.isVerbose = isVerbose
    }

    /// Prints a delivery.
    ///
    /// - Throws: ``OutputError`` if standard output accepts no more.
    func print(_ delivery: ReceivedDelivery, _ outcome: Outcome, after latency: Duration) throws(OutputError) {
        switch format {
        case .json: try ListenOutput.line(line(delivery, outcome, latency).description)
        case .text: try ListenOutput.line(text(delivery, outcome, latency))
        }
    }

    // MARK: JSON

    private func line(_ delivery: ReceivedDelivery, _ outcome: Outcome, _ latency: Duration) -> JSON {
        var line = JSONObject([
            ("at", .string(clock.now.description)), ("id", .string(delivery.id)),
            ("idempotency_key", .string(orNull: delivery.idempotencyKey)), ("topic", .string(orNull: delivery.topic)),
            ("attempt", .number(delivery.attempt)), ("status", outcome.status.map { .number($0) } ?? .null),
            ("latency_ms", .number(latency.milliseconds)), ("body", delivery.json ?? .null),
        ])
        if delivery.json == nil { Self.addRaw(delivery.body, to: &line) }
        line["note"] = outcome.note.map(JSON.string)
        if isVerbose {
            line["path"] = .string(delivery.path)
            line["headers"] = Self.pairs(delivery.headers)
            if case .responded(let response) = outcome {
                var object = JSONObject([
                    ("status", .number(response.status)), ("headers", Self.pairs(response.headers)),
                ])
                Self.addRaw(response.body, to: &object)
                line["response"] = .object(object)
            }
        }
        return .object(line)
    }

    /// Adds a body that need not be JSON: as text, or in base64 if it is none.
    private static func addRaw(_ body: [UInt8], to object: inout JSONObject) {
        if let text = body.text { object["raw"] = .string(text) } else { object["raw_base64"] = .string(body.base64) }
    }

    private static func pairs(_ headers: HeaderFields) -> JSON {
        .array(headers.masked.map { [.string($0.name), .string($0.value)] })
    }

    // MARK: Text

    private func text(_ delivery: ReceivedDelivery, _ outcome: Outcome, _ latency: Duration) -> String {
        let succeeded = outcome.status.map { (200...299).contains($0) } ?? false
        let milliseconds = String(latency.milliseconds)
        let columns = [
            Terminal.time(clock.now.description),
            Terminal.pad(Terminal.sanitized(delivery.topic ?? "?"), Self.longestTopic),
            Terminal.sanitized(delivery.id), "attempt \(Terminal.pad(String(delivery.attempt), 2))",
            Terminal.coloured(outcome.status.map(String.init) ?? "---", succeeded ? .green : .red),
            String(repeating: " ", count: max(0, 5 - milliseconds.count)) + "\(milliseconds) ms",
        ]
        var text = columns.joined(separator: "  ")
        if let note = outcome.note { text += "  \(Terminal.sanitized(note))" }
        guard isVerbose else { return text }
        text += Self.details(path: delivery.path, delivery.headers, delivery.body, delivery.json)
        if case .responded(let response) = outcome, !response.headers.isEmpty || !response.body.isEmpty {
            text += "\n    response:"
            text += Self.details(
                path: nil, response.headers, response.body, try? JSON(parsing: response.body), indent: "      ")
        }
        return text
    }

    private static func details(
        path: String?, _ headers: HeaderFields, _ body: [UInt8], _ json: JSON?, indent: String = "    "
    ) -> String {
        let request = path.map { "\n\(indent)POST \($0)" } ?? ""
        let fields = headers.masked.map { "\n\(indent)\($0.name): \($0.value)" }.joined()
        let text = json?.indented ?? body.text ?? "\(body.count) bytes that are not text"
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { "\n\(indent)\($0)" }
        return Terminal.sanitized(request + fields + (body.isEmpty ? "" : "\n" + lines.joined()))
    }

    private static let longestTopic = Topic.allCases.map(\.rawValue.count).max() ?? 0
}

extension DeliveryPrinter.Outcome {
    fileprivate var status: Int? {
        if case .responded(let response) = self { response.status } else { nil }
    }

    fileprivate var note: String? {
        switch self {
        case .responded(let response): response.note
        case .abandoned: "no response in time"
        }
    }
}
