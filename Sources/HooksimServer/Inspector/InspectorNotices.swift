import Synchronization

/// The results of actions, each shown once on the page that follows. The page's address has only a number, so that it
/// can't contain text to show.
final class InspectorNotices: Sendable {
    private struct State {
        var notices: [Int: (text: String, isGood: Bool)] = [:]
        var last = 0
    }

    private static let maxNotices = 100
    private let state = Mutex(State())

    func keep(_ text: String, isGood: Bool) -> Int {
        state.withLock { state in
            state.last += 1
            state.notices[state.last] = (text, isGood)
            state.notices[state.last - Self.maxNotices] = nil
            return state.last
        }
    }

    func take(_ number: String) -> (text: String, isGood: Bool)? {
        guard let number = Int(number) else { return nil }
        return state.withLock { $0.notices.removeValue(forKey: number) }
    }
}
