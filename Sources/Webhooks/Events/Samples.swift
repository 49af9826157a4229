import StrictJSON

/// The sample object of each topic, from the folder `Samples`.
package enum Samples {
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

    /// All samples, by topic.
    package static let all: [Topic: EventSample] = Dictionary(
        uniqueKeysWithValues: files.map { topic, file in
            // Each file parses: the files are part of the program, and a test parses all of them.
            (topic, EventSample((try? JSON(parsing: file))?.object ?? JSONObject(), topic: topic))
        })

    /// Returns the sample of a topic.
    package static subscript(topic: Topic) -> EventSample { all[topic] ?? EventSample(JSONObject(), topic: topic) }
}
