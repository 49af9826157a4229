import Foundation
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests with a store of each released version of the schema, written by `scripts/make-store-fixture`.
@Suite struct StoredVersionTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/stores")

    @Test(arguments: Schema.oldestVersion...Schema.version)
    func `a store of an earlier version is read, and goes on`(version: Int32) async throws {
        let found = try JSON(parsing: Data(contentsOf: Self.folder.appending(path: "version-\(version).json")))
        try await withTemporaryStore { path in
            let bytes = try Data(contentsOf: Self.folder.appending(path: "version-\(version).store"))
            #expect(bytes[60..<64].reduce(0) { $0 << 8 | Int32($1) } == version)
            try bytes.write(to: URL(fileURLWithPath: path))
            let now = try Timestamp(iso8601: found["clock"]?.string ?? "")
            try await withSimulator {
                $0.store = path
                $0.frozenAtMilliseconds = now.milliseconds
            } _: { client in
                try await expectAll(of: found, client)
                try await expectToGoOn(found, client)
            }
        }
    }

    /// Expects that everything in the store is still there and that the API shows the same values.
    private func expectAll(of found: JSON, _ client: TestClient) async throws {
        let token = found["tokens"]?["sandbox"]?.string
        let events = try await client.send(.get, "/__admin/events?limit=100").json
        let eventNames = [
            "id", "partner_id", "subscription_id", "topic", "entity_id", "status", "attempts", "last_status_code",
            "last_error", "payload", "created_at", "updated_at", "delivered_at",
        ]
        expectSame(events["data"], found["events"], eventNames)
        let subscriptions = try await client.send(.get, "/webhooks?limit=100", token: token).json
        let subscriptionNames = [
            "id", "partner_id", "endpoint_url", "topic", "is_active", "secret_last_4_digits", "created_at",
            "updated_at",
        ]
        expectSame(subscriptions["data"], found["subscriptions"], subscriptionNames)
        let partners = try await client.send(.get, "/__admin/partners").json
        expectSame(partners["data"], found["partners"], ["partner_id", "client_id", "scopes", "created_at"])
        let attempts = try await client.send(.get, "/__admin/attempts").json
        let attemptNames = [
            "seq", "event_id", "client_id", "endpoint_url", "attempt", "at", "duration_ms", "status_code", "error",
            "failure", "fault", "outcome",
        ]
        expectSame(attempts["data"], found["attempts"], attemptNames)
        for inspection in found["inspections"]?.array ?? [] {
            let event = try await client.send(.get, "/__admin/events/\(inspection["id"]?.string ?? "")").json
            expectSame([event], [inspection], ["id", "next_attempt_at", "endpoint_url"])
            expectSame(event["attempts"], inspection["attempts"], ["seq", "response"])
        }
        // A token is found by its digest, and still has its scopes.
        let second = found["tokens"]?["second"]?.string
        #expect(try await client.send(.get, "/webhooks", token: second).status == 200)
        #expect(try await client.send(.post, "/webhooks/retry", token: second).status == 403)
    }

    private func expectSame(_ response: JSON?, _ found: JSON?, _ names: [String]) {
        let (response, found) = (response?.array ?? [], found?.array ?? [])
        #expect(!found.isEmpty && response.count == found.count)
        for (now, then) in zip(response, found) {
            for name in names {
                #expect(then[name] != nil && now[name] == then[name], "\(name) of \(then)")
            }
        }
    }

    /// Expects that pending events are still sent, that failed events can be retried, and that new rows come after the
    /// old ones.
    private func expectToGoOn(_ found: JSON, _ client: TestClient) async throws {
        let fault: JSON = ["target": "delivery", "effect": ["lose": true]]
        #expect(try await client.send(.post, "/__admin/faults", json: fault).status == 201)
        #expect(try await client.send(.post, "/__admin/clock/advance", json: ["by": "1h"]).status == 200)
        try await client.expect("events", ["entity_id": "pending", "status": "delivered", "attempts": 2], count: 1)
        let token = try await client.token()
        #expect(try await client.send(.post, "/webhooks/retry", token: token).status == 200)
        #expect(try await client.send(.post, "/__admin/clock/advance", json: ["by": "1h"]).status == 200)
        try await client.expect("events", ["entity_id": "failed", "status": "delivered"], count: 1)
        let ids = try await client.trigger()
        #expect(ids.count == 1 && found["events"]?.array?.contains { $0["id"]?.string == ids[0] } == false)
    }
}
