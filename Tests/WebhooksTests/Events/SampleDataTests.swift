import StrictJSON
import Testing
import Webhooks

@Suite struct SampleDataTests {
    private let sample: JSONObject = JSONObject([
        ("invoice_id", "11111111-1111-4111-8111-111111111111"), ("id", "11111111-1111-4111-8111-111111111111"),
        ("customer_id", "22222222-2222-4222-8222-222222222222"), ("due_date", "2025-01-20"),
        ("created_at", "2025-01-15T12:00:00.000Z"),
        ("line_items", [["at": "2025-01-14T12:00:00.000Z"]]), ("memo", "due 2025-01-20"),
    ])

    @Test func `a sample gets a fresh id and times that keep their distance`() throws {
        let now = try Timestamp(iso8601: "2026-03-01T00:00:00Z")
        let fresh = SampleData.refresh(sample, topic: .invoicePaid, entityID: "new", at: now)
        #expect(fresh["invoice_id"] == "new" && fresh["id"] == "new")
        #expect(fresh["customer_id"] == sample["customer_id"])
        #expect(fresh["created_at"] == "2026-03-01T00:00:00.000Z")
        #expect(fresh["due_date"] == "2026-03-05")
        #expect(fresh["line_items"]?.array?.first?["at"] == "2026-02-28T00:00:00.000Z")
        #expect(fresh["memo"] == sample["memo"])
    }
}
