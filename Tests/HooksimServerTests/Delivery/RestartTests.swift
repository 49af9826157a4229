import FoundationEssentials
import HooksimServer
import StrictJSON
import Testing

@Suite struct RestartTests {
    private static let noon: Int64 = 1_736_942_400_000

    private func start(_ store: String, frozenAt milliseconds: Int64? = nil) async throws -> (
        simulator: Simulator, client: TestClient
    ) {
        var options = SimulatorOptions()
        options.store = store
        options.seed = 7
        options.frozenAtMilliseconds = milliseconds
        // On a busy machine, the tests may take longer than a user would wait.
        options.limits.shutdown = .seconds(120)
        let simulator = try await Simulator.start(options)
        return (simulator, TestClient(simulator.url))
    }

    @Test func `stopping finishes what is under way, and the next start sends the rest and nothing twice`() async throws
    {
        let receiver = try await Receiver { _, index in index < 3 ? .hold : .status(200) }
        try await withTemporaryStore { store in
            let first = try await start(store, frozenAt: Self.noon)
            try await first.client.settings(["token_ttl": "10h", "delivery_timeout": "5m", "retry_jitter": 0])
            let token = try await first.client.token()
            let subscription = try await first.client.subscribe(to: receiver.url, secret: "12345678", token: token)
            var ids = try await first.client.trigger(count: 3)
            await receiver.wait(untilReceived: 3)
            // These events fall due while no simulator runs.
            try await first.client.settings(["retry_schedule": ["1h"]])
            ids += try await first.client.trigger(count: 5)
            async let stopped: Void = first.simulator.stop()
            // The simulator is stopping once it refuses connections.
            while (try? await first.client.raw(["GET / HTTP/1.1", "Host: a"])) != nil {}
            receiver.release()
            try await stopped
            #expect(receiver.received.count == 3)

            let second = try await start(store, frozenAt: Self.noon + 7_200_000)
            try await second.client.expect("events", ["status": "delivered", "attempts": 1], count: 8)
            #expect(receiver.received.map(\.id).sorted() == ids.sorted())
            #expect(receiver.received.allSatisfy { $0.header("Authorization") == "Bearer 12345678" })
            // The token and the subscription are unchanged.
            let list = try await second.client.send(.get, "/webhooks", token: token)
            #expect(list.json["data"]?.array?.map { $0["id"] } == [.string(subscription)])
            try await second.simulator.stop()
        }
        try await receiver.stop()
    }

    @Test func `a pending event keeps its instant, bytes and number across a restart`() async throws {
        let receiver = try await Receiver { _, index in .status(index == 0 ? 500 : 200) }
        try await withTemporaryStore { store in
            let first = try await start(store)
            try await first.client.settings(["retry_schedule": ["0s", "1h"]])
            try await first.client.subscribe(to: receiver.url, token: try await first.client.token())
            let id = try #require(try await first.client.trigger().first)
            try await first.client.expect("events", ["attempts": 1], count: 1)
            let before = try await first.client.event(id)
            try await first.simulator.stop()

            let second = try await start(store)
            #expect(try await second.client.event(id) == before)
            #expect(receiver.received.count == 1)
            _ = try await second.client.send(.post, "/__admin/events/\(id)/resend")
            try await second.client.expect("events", ["status": "delivered", "attempts": 2], count: 1)
            #expect(receiver.received.map(\.attempt) == [1, 2])
            #expect(receiver.received[0].body == receiver.received[1].body)
            try await second.simulator.stop()
        }
        try await receiver.stop()
    }

    @Test(arguments: [false, true])
    func `the same seed draws other ids after a restart`(isResetFirst: Bool) async throws {
        try await withTemporaryStore { store in
            var ids: [String] = []
            for run in 0..<4 {
                let (simulator, client) = try await start(store)
                if isResetFirst, run == 1 {
                    // The reset removes all earlier events, and their ids may be used again.
                    #expect(try await client.send(.post, "/__admin/reset").status == 200)
                    ids = []
                }
                try await client.settings(["retry_schedule": ["1h"]])
                let token = try await client.token()
                ids.append(token)
                for _ in 0..<3 { ids.append(try await client.subscribe(to: "https://a.example", token: token)) }
                let partner = try await client.partner()
                ids += [partner.clientID, partner.token]
                ids += try await client.trigger(count: 3)
                try await simulator.stop()
            }
            #expect(!ids.contains(""))
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test func `a store whose owner was killed before it tidied up opens with all that was acknowledged`() async throws
    {
        try await withTemporaryStore { store in
            let (simulator, client) = try await start(store)
            let token = try await client.token()
            let id = try await client.subscribe(to: "https://a.example", token: token)
            // The files on the disk are now those that a kill would leave behind.
            let copy = store + ".copy"
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: store + suffix, toPath: copy + suffix)
            }
            try await simulator.stop()

            let restarted = try await start(copy)
            let list = try await restarted.client.send(.get, "/webhooks", token: token)
            #expect(list.status == 200)
            #expect(list.json["data"]?.array?.map { $0["id"] } == [.string(id)])
            try await restarted.simulator.stop()
        }
    }
}

@Suite struct StopTests {
    @Test(.timeLimit(.minutes(5)))
    func `a client that waits for an expectation gets a response when the simulator stops`() async throws {
        // A stop closes a connection whose request was not read yet, so it may take several tries until a request
        // waits.
        for _ in 1...10 {
            let simulator = try await Simulator.start()
            let client = TestClient(simulator.url)
            async let waiting = client.send(
                .post, "/__admin/expect", json: ["of": "events", "count": 1, "timeout_ms": 600_000])
            _ = try await client.send(.get, "/__admin/health")
            try await simulator.stop()
            guard let response = try? await waiting else { continue }
            #expect(response.status == 409 && response.json["met"] == false, "\(response.text)")
            return
        }
        Issue.record("a stop never returned to its caller")
    }
}
