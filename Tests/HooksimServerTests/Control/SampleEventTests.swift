import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct SampleEventTests {
    @Test(arguments: Topic.allCases)
    func `a topic without data gets a sample that names its object and adds up`(topic: Topic) async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(topic.rawValue, to: receiver.url, token: try await client.token())
            let ids = try await client.trigger(topic.rawValue, count: 2)
            try await client.expect("events", ["status": "delivered", "topic": .string(topic.rawValue)], count: 2)
            var entities: Set<String> = []
            for delivery in receiver.received {
                let body = try JSON(parsing: delivery.body)
                #expect(
                    body.object?.members.map(\.name) == [
                        "id", "idempotency_key", "topic", "entity_id", "partner_id", "created_at", "timestamp", "data",
                    ])
                #expect(body["id"] == .string(delivery.id))
                #expect(body["idempotency_key"] == .string(delivery.id))
                #expect(body["timestamp"] == body["created_at"])
                #expect(body["topic"] == .string(topic.rawValue))
                let entity = try #require(body["entity_id"]?.string)
                entities.insert(entity)
                let data = try #require(body["data"])
                #expect(data[topic.entityField] == .string(entity))
                #expect(data["id"] == .string(entity))
                #expect(data["created_at"]?.string != nil)
                if topic.rawValue.hasPrefix("payment_"), topic.entityField == "payment_id" {
                    #expect(data["invoice_id"]?.string != nil)
                }
                try checkSums(data)
            }
            #expect(Set(receiver.received.map(\.id)) == Set(ids))
            #expect(entities.count == 2, "each event is about an object of its own")
        }
        try await receiver.stop()
    }

    @Test(arguments: Topic.allCases, ["plain", "", "\" \\ \n 🎈"])
    func `a sample is the same bytes from its template as from its tree of values`(topic: Topic, entityID: String) {
        for day in [-400, -1, 0, 1, 20_000] as [Int64] {
            let now = SampleData.referenceInstant + .milliseconds(day * 86_400_000 + 1)
            let object = SampleData.refresh(Samples[topic].object, topic: topic, entityID: entityID, at: now)
            #expect(object[topic.entityField] == .string(entityID))
            #expect(Samples[topic].encode(entityID: entityID, at: now) == JSON.object(object).encoded)
        }
    }

    /// Checks, in cents, that the parts of an amount add up to its total.
    private func checkSums(_ data: JSON) throws {
        guard let total = data["total"] else { return }
        let subTotal = try #require(data["sub_total"])
        let fees = data["fees"]?.array ?? []
        if let items = data["line_items"]?.array {
            let sum = try items.reduce(0) { sum, item in
                sum + (try cents(item["amount"])) * (try #require(item["quantity"]?.integer))
            }
            #expect(try cents(subTotal) == sum)
        }
        for fee in fees { #expect(fee["type"]?.string != nil && fee["name"]?.string != nil) }
        #expect(try cents(total) == cents(subTotal) + fees.reduce(0) { try $0 + cents($1["amount"]) })
    }

    private func cents(_ amount: JSON?) throws -> Int {
        Int((try #require(amount?.double) * 100).rounded())
    }
}
