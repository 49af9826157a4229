import Synchronization

/// Shows the progress of long work: on a terminal in one line that is redrawn, elsewhere in one line for every tenth.
/// It writes to standard error, because progress is not a result.
final class ProgressBar: Sendable {
    private struct State {
        var done = 0
        var isDrawn = false
        var lastDrawn = ContinuousClock.now - .seconds(1)
        var tenthsSaid = 0
    }

    private static let width = 30
    /// The minimum interval between two drawings, which keeps the cost of the terminal low.
    private static let pause = Duration.milliseconds(50)

    private let total: Int
    private let unit: String
    private let isOnTerminal: Bool
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    init(
        total: Int, unit: String, isOnTerminal: Bool = Terminal.takesEscapeCodes(.standardError),
        write: @escaping @Sendable (String) -> Void = { Terminal.write($0, to: .standardError) }
    ) {
        self.total = total
        self.unit = unit
        self.isOnTerminal = isOnTerminal
        self.write = write
    }

    func advance(by count: Int = 1) {
        state.withLock { state in
            state.done += count
            guard isOnTerminal else { return sayTenths(&state) }
            let now = ContinuousClock.now
            guard now - state.lastDrawn >= Self.pause || state.done >= total else { return }
            state.lastDrawn = now
            state.isDrawn = true
            write("\r\u{1B}[K" + Self.line(done: state.done, of: total, unit))
        }
    }

    /// Erases the bar before a line of results or at the end. The next advance draws it again.
    func clear() {
        state.withLock { state in
            guard state.isDrawn else { return }
            state.isDrawn = false
            write("\r\u{1B}[K")
        }
    }

    private func sayTenths(_ state: inout State) {
        let tenths = total == 0 ? 10 : min(10, state.done * 10 / total)
        guard tenths > state.tenthsSaid else { return }
        state.tenthsSaid = tenths
        write("\(state.done) of \(total) \(unit)\n")
    }

    static func line(done: Int, of total: Int, _ unit: String) -> String {
        let filled = total == 0 ? width : min(width, done * width / total)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        return "[\(bar)] \(done) of \(total) \(unit)"
    }
}
