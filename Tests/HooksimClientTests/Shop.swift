import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// A receiver as a user would write it. It responds with the given statuses, and on 200 it stores the delivery's
/// `entity_id` as a paid invoice, whatever the topic.
struct Shop: Sendable {
    let url: String
    fileprivate let books: Books

    /// The invoices of the accepted deliveries, in the order in which they were accepted.
    var paidInvoices: [String] { books.state.withLock { $0.paidInvoices } }
}

private final class Books: Sendable {
    let state: Mutex<(statuses: [Int], paidInvoices: [String])>

    init(_ statuses: [Int]) { state = Mutex((statuses, [])) }

    func receive(_ delivery: Delivery) -> Int {
        state.withLock { state in
            let status = state.statuses.count > 1 ? state.statuses.removeFirst() : state.statuses[0]
            if status == 200 { state.paidInvoices.append(delivery.entityID) }
            return status
        }
    }
}

/// The part of a delivery's body that the shop decodes.
private struct Delivery: Decodable {
    let entityID: String

    enum CodingKeys: String, CodingKey { case entityID = "entity_id" }
}

/// Runs `body` with a shop on a free port.
///
/// - Parameter responses: The statuses of the responses to successive deliveries; the last one is repeated.
func withShop(responses: [Int] = [200], _ body: (Shop) async throws -> Void) async throws {
    let books = Books(responses)
    let (ports, announce) = AsyncStream<Int>.makeStream()
    let application = Application(
        responder: CallbackResponder<BasicRequestContext> { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let delivery = try JSONDecoder().decode(Delivery.self, from: Data(bytes.readableBytesView))
            return Response(status: .init(code: books.receive(delivery)))
        },
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in
            announce.yield(channel.localAddress?.port ?? 0)
            announce.finish()
        }, logger: Logger(label: "shop") { _ in SwiftLogNoOpLogHandler() })
    let server = Task {
        defer { announce.finish() }
        try await application.run()
    }
    defer { server.cancel() }
    for await port in ports { try await body(Shop(url: "http://127.0.0.1:\(port)/hooks", books: books)) }
}
