/// What became of an event so far (docs/api.md, GET /webhooks/events).
public enum EventStatus: String, Sendable, CaseIterable {
    case pending, delivered, failed

    /// The number that stands for the status in the store.
    package var number: Int {
        switch self {
        case .pending: 0
        case .delivered: 1
        case .failed: 2
        }
    }

    package init?(number: Int) {
        guard Self.allCases.indices.contains(number) else { return nil }
        self = Self.allCases[number]
    }
}
