import Logging
import Synchronization

/// Keeps the lines that a test's simulator logs at a level or above it.
final class LogLines: LogHandler, Sendable {
    private let level: Logger.Level
    private let lines = Mutex<[String]>([])

    init(from level: Logger.Level) { self.level = level }

    var logger: Logger { Logger(label: "test") { _ in self } }
    var count: Int { lines.withLock { $0.count } }

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var logLevel: Logger.Level {
        get { level }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
