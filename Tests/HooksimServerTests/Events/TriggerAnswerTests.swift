import HooksimServer
import Testing
import Webhooks

/// A trigger's answer is written without a look at the store; it must be what the store would have said.
@Suite struct TriggerAnswerTests {
    @Test(arguments: [
        "", "plain", "quotes \" and \\ and /", "\u{0}\u{1}\u{1F}\n\r\t\u{8}\u{C}", "\u{7F}\u{2028}é漢🎈e\u{301}",
        String(repeating: "\"🎈\\", count: 80),
    ])
    func `a trigger answers with the very rows that the list has`(text: String) async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_123 }) { client in
            // Nothing is sent meanwhile, so that the rows stay as they were made.
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
            let answer = try await client.call(.post, "/__admin/events", json: .object(body))
            #expect(answer.status == 201, "\(answer.text)")
            let made = try #require(answer.json["data"]?.array)
            #expect(made.count == 6)
            for row in made {
                let id = try #require(row["id"]?.string)
                let listed = try await client.call(.get, "/webhooks/events", token: token).text
                // The bytes, not only the values.
                #expect(listed.contains(row.description))
                #expect(answer.text.contains(row.description))
                #expect(try await client.event(id)["payload"] == row["payload"])
            }
        }
    }
}
