/// The topic of an event: one of the 18 documented ones (docs/api.md, Subscriptions).
public enum Topic: String, Sendable, CaseIterable {
    case payoutPaid = "payout_paid"
    case payoutFailed = "payout_failed"
    case payoutProcessing = "payout_processing"
    case payoutScheduled = "payout_scheduled"
    case customerCreated = "customer_created"
    case customerUpdated = "customer_updated"
    case customerArchived = "customer_archived"
    case paymentSucceeded = "payment_succeeded"
    case paymentChargeback = "payment_chargeback"
    case paymentRefunded = "payment_refunded"
    case paymentFailed = "payment_failed"
    case invoicePaid = "invoice_paid"
    case invoiceArchived = "invoice_archived"
    case invoiceCreated = "invoice_created"
    case invoiceUpdated = "invoice_updated"
    case paymentMethodAdded = "payment_method_added"
    case paymentMethodDeleted = "payment_method_deleted"
    case defaultPaymentMethodChanged = "default_payment_method_changed"

    /// The number that represents the topic in the store: its index in the list above. New topics are only
    /// appended to that list.
    package var number: Int { Self.numbers[self]! }

    /// Creates the topic that a number represents in the store; `nil` for any other number.
    package init?(number: Int) {
        guard Self.allCases.indices.contains(number) else { return nil }
        self = Self.allCases[number]
    }

    private static let numbers = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    /// The field of the event's data with the id of its object, whose value is the event's `entity_id`.
    package var entityField: String {
        switch self {
        case .payoutPaid, .payoutFailed, .payoutProcessing, .payoutScheduled: "payout_id"
        case .customerCreated, .customerUpdated, .customerArchived: "customer_id"
        case .paymentSucceeded, .paymentChargeback, .paymentRefunded, .paymentFailed: "payment_id"
        case .invoicePaid, .invoiceArchived, .invoiceCreated, .invoiceUpdated: "invoice_id"
        case .paymentMethodAdded, .paymentMethodDeleted, .defaultPaymentMethodChanged: "payment_method_id"
        }
    }

    /// Creates the topic of a name.
    ///
    /// - Throws: a ``TopicError`` if there is no such topic.
    package init(checking text: String) throws {
        guard let topic = Topic(rawValue: text) else { throw TopicError() }
        self = topic
    }
}

/// The error of a text that is not a topic.
package struct TopicError: Error, CustomStringConvertible {
    /// The list of the topics, for people.
    package var description: String {
        "is not a known topic; it must be one of \(Topic.allCases.map(\.rawValue).joined(separator: ", "))"
    }
}
