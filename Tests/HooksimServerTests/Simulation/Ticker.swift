import Synchronization

/// Numbers what happens in a simulation, in order: of two things, one was before the other if it ended with a lower number than the
/// other began with.
final class Ticker: Sendable {
    private let last = Mutex(0)

    func next() -> Int {
        last.withLock { last in
            last += 1
            return last
        }
    }
}

/// From the beginning to the end of something.
struct Span: Sendable {
    let start: Int
    var end = Int.max

    var isOpen: Bool { end == .max }

    func isBefore(_ other: Span) -> Bool { end < other.start }
    func overlaps(_ other: Span) -> Bool { !isBefore(other) && !other.isBefore(self) }
}

/// The texts by which rows are recognised, because ids repeat after a reset. Each has the number of the operation that created it.
enum Marker {
    static let scenarioPath = "/scenario-"

    static func entityID(_ number: Int) -> String { "entity-\(number)" }
    static func endpointURL(_ number: Int) -> String { "http://127.0.0.1:9/subscription-\(number)" }
    static func scenarioURL(_ number: Int) -> String { "http://127.0.0.1:9\(scenarioPath)\(number)" }
    static func secret(_ number: Int) -> String { "secret-\(number)" }
    /// A limit that no rule reaches.
    static func faultTimes(_ number: Int) -> Int { 1_000_000 + number }
}
