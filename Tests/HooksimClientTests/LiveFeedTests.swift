import HooksimClient
import HooksimServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct LiveFeedTests {
    @Test func `each kind of message is received as it happens`() async throws {
        try await withShop { shop in
            try await Simulator.with { simulator in
                let hooksim = ControlClient(url: simulator.url)
                var feed = try await hooksim.liveFeed().makeAsyncIterator()
                try await hooksim.webhooks().subscribe(to: .invoicePaid, at: shop.url)
                let id = try await hooksim.trigger(.invoicePaid, entityID: "inv_1").events[0].id
                try await hooksim.addFaults(.flaky)
                var requests: [String] = []
                var statuses: [EventStatus] = []
                var attempts: [Attempt] = []
                var changes: [String] = []
                while !changes.contains("/__admin/faults") || statuses.count < 2, let message = try await feed.next() {
                    switch message {
                    case .request(let request): requests.append(request.path)
                    case .event(let event) where event.id == id: statuses.append(event.status)
                    case .attempt(let attempt): attempts.append(attempt)
                    case .changed(let path): changes.append(path)
                    case .event(let event): Issue.record("\(event)")
                    }
                }
                #expect(requests == ["/oauth/token", "/webhooks"])
                #expect(statuses == [.pending, .delivered])
                #expect(attempts.map(\.eventID) == [id] && attempts.map(\.outcome) == [.delivered])
                #expect(attempts[0].sequence == nil && attempts[0].nextAttemptAt == nil)
            }
        }
    }

    @Test func `a feed has only what was asked for, and ends with the simulator`() async throws {
        let simulator = try await Simulator.start()
        let hooksim = ControlClient(url: simulator.url)
        let feed = try await hooksim.liveFeed(of: [.state])
        _ = try await hooksim.webhooks().subscriptions()
        try await hooksim.addFaults(.slow)
        var stopping: Task<Void, any Error>?
        var changes: [String] = []
        for try await message in feed {
            guard case .changed(let what) = message else {
                Issue.record("\(message)")
                continue
            }
            changes.append(what)
            if stopping == nil { stopping = Task { try await simulator.stop() } }
        }
        #expect(changes == ["/__admin/faults"])
        try await stopping?.value
    }

    @Test func `a feed that is refused says why`() async throws {
        var options = SimulatorOptions()
        options.adminToken = "admin-token-1"
        try await Simulator.with(options) { simulator in
            let error = await #expect(throws: HooksimError.self) {
                try await ControlClient(url: simulator.url).liveFeed()
            }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 401)
        }
    }
}
