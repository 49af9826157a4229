import Webhooks

/// The sample object of each topic, from `fixtures/events`.
enum Samples {
    private static let files: [Topic: [UInt8]] = [
        .payoutPaid: PackageResources.payout_paid_json,
        .payoutFailed: PackageResources.payout_failed_json,
        .payoutProcessing: PackageResources.payout_processing_json,
        .payoutScheduled: PackageResources.payout_scheduled_json,
        .customerCreated: PackageResources.customer_created_json,
        .customerUpdated: PackageResources.customer_updated_json,
        .customerArchived: PackageResources.customer_archived_json,
        .paymentSucceeded: PackageResources.payment_succeeded_json,
        .paymentChargeback: PackageResources.payment_chargeback_json,
        .paymentRefunded: PackageResources.payment_refunded_json,
        .paymentFailed: PackageResources.payment_failed_json,
        .invoicePaid: PackageResources.invoice_paid_json,
        .invoiceArchived: PackageResources.invoice_archived_json,
        .invoiceCreated: PackageResources.invoice_created_json,
        .invoiceUpdated: PackageResources.invoice_updated_json,
        .paymentMethodAdded: PackageResources.payment_method_added_json,
        .paymentMethodDeleted: PackageResources.payment_method_deleted_json,
        .defaultPaymentMethodChanged: PackageResources.default_payment_method_changed_json,
    ]

    private static let objects: [Topic: JSONObject] = files.mapValues { file in
        // The files are part of the program; a test parses each.
        (try? JSON(parsing: file))?.object ?? JSONObject()
    }

    private static let templates: [Topic: SampleTemplate] = Dictionary(
        uniqueKeysWithValues: objects.map { ($0, SampleTemplate($1, topic: $0)) })

    /// A fresh object for one event, as JSON.
    static func encode(_ topic: Topic, entityID: String, at now: Timestamp) -> [UInt8] {
        templates[topic]?.encode(entityID: entityID, at: now) ?? []
    }

    static subscript(topic: Topic) -> JSONObject { objects[topic] ?? JSONObject() }
}
