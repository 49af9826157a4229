import HooksimClient
import HooksimServer
import Testing

@Test func `a paid invoice reaches the shop, also after an outage`() async throws {
    try await withShop(responses: [503, 200]) { shop in
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            try await hooksim.webhooks().subscribe(to: .invoicePaid, at: shop.url, secretKey: "s3cr3t-4242")
            try await hooksim.freezeClock()
            try await hooksim.trigger(.invoicePaid, entityID: "inv_42")
            try await hooksim.advanceClock(by: .seconds(60))
            try await hooksim.expect(.exactly(1), .events(entityID: "inv_42", status: .delivered))
            #expect(shop.paidInvoices == ["inv_42"])
        }
    }
}
