import FoundationEssentials
import HooksimClient
import HooksimServer
import StrictJSON
import Testing

/// Tests of the connection of `hooksim listen`: where it works, how it is lost, and what is left behind.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ListenConnectionTests {
    @Test func `it works with TLS, an admin token and the faithful profile`() async throws {
        var options = SimulatorOptions()
        options.tls = .selfSigned
        options.adminToken = "an-admin-token"
        options.profile = .faithful
        let simulator = try await Simulator.start(options)
        let authority = try #require(simulator.certificateAuthority)
        try await withTemporaryStore { path in
            try Data(authority.utf8).write(to: URL(filePath: path))
            let arguments = [
                "listen", "--url", simulator.url, "--admin-token", "an-admin-token", "--ca-file", path, "--topic",
                "payout_paid",
            ]
            let listen = try Program(arguments)
            await listen.waitForErrors("listening on")
            let client = try ControlClient(
                url: simulator.url, adminToken: "an-admin-token", certificateAuthority: authority)
            let listener = try #require(try await client.listeners().first)
            #expect(listener.isConnected && listener.subscriptions.map(\.topic) == [.payoutPaid])
            #expect(listener.endpointURL == "https://\(listener.id).listen.hooksim.internal/")
            let id = try await client.trigger(.payoutPaid).events[0].id
            try await client.expect(.exactly(1), .events(status: .delivered))
            await listen.waitForOutput(id)
            #expect(await listen.stop() == 130)
            try await client.waitForEndOfListeners()
        }
        try await simulator.stop()
    }

    @Test func `a lost subscription is said, and created again`() async throws {
        try await withSimulator { client in
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--respond", "410",
            ])
            await listen.waitForErrors("listening on")
            var lost = 0
            let losses: [@Sendable (String) async throws -> Void] = [
                { _ in _ = try await client.send(.post, "/__admin/reset", json: [:]) },
                { id in _ = try await client.control.webhooks().deleteSubscription(id) },
                { _ in try await client.trigger() },
            ]
            for loss in losses {
                let before = try #require(try await client.control.listeners().first?.subscriptions.first?.id)
                try await loss(before)
                lost += 1
                await listen.waitForErrors(count: lost, of: "subscription to invoice_paid ended")
                // The id may be the same again, as after a reset.
                try await client.control.waitForSubscriptionOfListener()
            }
            #expect(await listen.stop() == 130)
            try await client.control.waitForEndOfListeners()
        }
    }

    @Test func `a restart of the simulator is said, and what it has forgotten is subscribed to again`() async throws {
        let first = try await Simulator.start()
        let port = try #require(first.url.split(separator: ":").last.flatMap { Int($0) })
        let listen = try Program(["listen", "--url", first.url, "--topic", "invoice_paid"])
        await listen.waitForErrors("listening on")
        try await first.stop()
        await listen.waitForErrors("is lost")
        var options = SimulatorOptions()
        options.port = port
        let second = try await Simulator.start(options)
        let client = ControlClient(url: second.url)
        try await client.waitForSubscriptionOfListener()
        await listen.waitForErrors("connected to \(second.url) again")
        try await client.trigger(.invoicePaid)
        try await client.expect(.exactly(1), .events(status: .delivered))
        #expect(await listen.stop() == 130)
        try await second.stop()
    }

    @Test func `it waits while the API refuses requests, and cleans up all the same`() async throws {
        try await withSimulator { client in
            try await client.settings(["rate_limit": 1])
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--topic", "payout_paid",
            ])
            await listen.waitForErrors("listening on")
            #expect(listen.errors.contains("too many requests") && listen.errors.contains("for 2 topics"))
            try await client.fault(["target": "api", "effect": ["status": 503]])
            #expect(await listen.stop() == 130)
            try await client.clearFaults()
            try await client.control.waitForEndOfListeners()
        }
    }

    @Test func `a port that is taken is said, and nothing is subscribed`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let listen = try Program(["listen", "--url", client.url, "--port", "\(receiver.port)"])
            #expect(await listen.end() == 1)
            #expect(listen.errors.hasPrefix("hooksim: 127.0.0.1:\(receiver.port) is in use; "), "\(listen.errors)")
            #expect(listen.errors.split(separator: "\n").count == 1)
            #expect(try await client.control.webhooks().subscriptions().rows.isEmpty)
        }
        try await receiver.stop()
    }

    @Test func `with a port, it subscribes its own address and cleans up only what is its own`() async throws {
        try await withSimulator { client in
            let other = try await client.control.webhooks().subscribe(to: .payoutPaid, at: "http://127.0.0.1:9/own").id
            let listen = try Program([
                "listen", "--url", client.url, "--topic", "invoice_paid", "--port", "0", "--public-url",
                "http://127.0.0.1:9/own",
            ])
            await listen.waitForErrors("listening on http://127.0.0.1:9/own for invoice_paid")
            #expect(try await client.control.webhooks().subscriptions(isActive: true).rows.count == 2)
            #expect(await listen.stop() == 130)
            #expect(try await client.control.webhooks().subscriptions(isActive: true).rows.map(\.id) == [other])
        }
    }

    @Test func `the subscriptions of a killed listener are ended by the next one`() async throws {
        try await withSimulator { client in
            let dead = try await client.deadListener(failing: 1)
            let listen = try Program(["listen", "--url", client.url, "--topic", "invoice_paid"])
            await listen.waitForErrors("listening on")
            #expect(listen.errors.contains("ended 1 subscription of an earlier hooksim listen"))
            let ids = try await client.control.listeners().map(\.id)
            #expect(ids.count == 1 && ids != [dead])
            #expect(await listen.stop() == 130)
        }
    }

    @Test func `since takes over a killed listener, and delivers again what failed to reach it`() async throws {
        try await withSimulator { client in
            let dead = try await client.deadListener(failing: 2)
            let listen = try Program(["listen", "--url", client.url, "--topic", "invoice_paid", "--since", "10m"])
            await listen.waitForErrors("listening on")
            #expect(listen.errors.contains("delivering 2 events of the last 10m again"), "\(listen.errors)")
            try await client.expect("events", ["status": "delivered"], count: 2)
            #expect(try await client.control.listeners().map(\.id) == [dead])
            #expect(await listen.stop() == 130)
            try await client.control.waitForEndOfListeners()
        }
    }
}

extension TestClient {
    /// Leaves a listener behind that is not connected any more, with a subscription to `invoice_paid` and events that
    /// failed. Returns its id.
    fileprivate func deadListener(failing count: Int) async throws -> String {
        try await settings(["retry_schedule": ["0s"]])
        let listener = try await control.openListener()
        try await control.webhooks().subscribe(to: .invoicePaid, at: listener.endpointURL)
        let reading = Task { for try await _ in listener {} }
        reading.cancel()
        _ = await reading.result
        while try await control.listener(listener.id).isConnected { await Task.yield() }
        try await trigger(count: count)
        try await expect("events", ["status": "failed"], count: count)
        return listener.id
    }
}

extension ControlClient {
    /// Returns once no listener is connected or has an active subscription.
    fileprivate func waitForEndOfListeners() async throws {
        while try await !listeners().isEmpty { await Task.yield() }
    }

    /// Returns once a listener has an active subscription.
    fileprivate func waitForSubscriptionOfListener() async throws {
        while try await listeners().allSatisfy({ $0.subscriptions.isEmpty }) { await Task.yield() }
    }
}

extension Program {
    /// Returns once the errors contain a text this number of times, or have ended.
    fileprivate func waitForErrors(count: Int, of text: String) async {
        while errors.split(separator: text, omittingEmptySubsequences: false).count <= count {
            await Task.yield()
        }
    }
}
