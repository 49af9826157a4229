import HooksimServer
import StrictJSON
import Testing

/// Tests of the response to a trigger, which is written without a read from the store and must have the same rows as
/// the store.
@Suite struct TriggerResponseTests {
    @Test(arguments: [
        "", "plain", "quotes \" and \\ and /", "\u{0}\u{1}\u{1F}\n\r\t\u{8}\u{C}", "\u{7F}\u{2028}é漢🎈e\u{301}",
        String(repeating: "\"🎈\\", count: 80),
    ])
    func `a trigger responds with the very rows that the list has`(text: String) async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_123 }) { client in
            // No delivery is sent during the test, so that the rows stay as they were created.
            try await client.settings(["retry_schedule": ["1h"]])
            let token = try await client.token()
            for _ in 0..<2 { try await client.subscribe(to: "http://127.0.0.1:9/", token: token) }
            var body: JSONObject = JSONObject([
                ("topic", "invoice_paid"), ("count", 3),
                (
                    "data",
                    .object(
                        JSONObject([("memo", .string(text)), (text, .array([.string(text), .null, .number("1.50")]))]))
                ),
            ])
            if !text.isEmpty { body["entity_id"] = .string(String(text.prefix(255))) }
            let response = try await client.send(.post, "/__admin/events", json: .object(body))
            #expect(response.status == 201, "\(response.text)")
            let created = try #require(response.json["data"]?.array)
            #expect(created.count == 6)
            for row in created {
                let id = try #require(row["id"]?.string)
                let listed = try await client.send(.get, "/webhooks/events", token: token).text
                // The rows are compared by their bytes, not only by their values.
                #expect(listed.contains(row.description))
                #expect(response.text.contains(row.description))
                #expect(try await client.event(id)["payload"] == row["payload"])
            }
        }
    }
}
