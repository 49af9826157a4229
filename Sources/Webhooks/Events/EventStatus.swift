/// The status of an event (docs/api.md, GET /webhooks/events).
public enum EventStatus: String, Sendable, CaseIterable {
    case pending, delivered, failed

    /// The number that represents the status in the store.
    package var number: Int {
        switch self {
        case .pending: 0
        case .delivered: 1
        case .failed: 2
        }
    }

    /// Creates the status that a number represents in the store; `nil` for any other number.
    package init?(number: Int) {
        guard Self.allCases.indices.contains(number) else { return nil }
        self = Self.allCases[number]
    }
}
