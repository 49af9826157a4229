import Logging
import StrictJSON
import Webhooks

/// A log handler that writes each message to standard error, as one JSON object per line.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.notice
    private let clock = SimulatedClock()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = JSONWriter()
        line.beginObject()
        line.name("at")
        line.timestamp(clock.now)
        line.name("level")
        line.string(event.level.rawValue)
        line.name("message")
        line.string(event.message.description)
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            line.name(escaping: name == "hb.request.id" ? "request_id" : name)
            line.string(value.description)
        }
        line.endObject()
        Terminal.write(String(decoding: line.bytes, as: UTF8.self) + "\n", to: .standardError)
    }
}
