import HooksimClient
import NIOCore
import Testing

@testable import HooksimServer

/// Tests of listeners across a restart of the simulator.
@Suite struct ListenerRestartTests {
    @Test(.timeLimit(.minutes(3))) func `an attempt after a restart waits for its listener to connect again`()
        async throws
    {
        try await withTemporaryStore { path in
            var options = SimulatorOptions()
            options.store = path
            options.limits.shutdown = .milliseconds(100)
            options.limits.listenerGrace = .minutes(10)
            var settings = Settings(profile: .sandbox)
            settings.retrySchedule = [.zero]
            options.settings = settings
            let first = try await Simulator.start(options)
            let client = ControlClient(url: first.url)
            let listener = try await client.openListener()
            try await client.webhooks().subscribe(to: .invoicePaid, at: listener.endpointURL)
            let id = try await client.trigger(.invoicePaid).events[0].id
            var messages = listener.makeAsyncIterator()
            guard case .delivery? = try await messages.next() else {
                Issue.record("there is no delivery")
                return
            }
            // The delivery is under way without a response, so it belongs to the next run.
            try? await first.stop()

            let second = try await Simulator.start(options)
            let again = ControlClient(url: second.url)
            let connected = try await again.openListener(id: listener.id)
            for try await case .delivery(let delivery) in connected {
                try await again.respond(to: delivery, of: connected.id, status: 200)
                break
            }
            try await again.expect(.exactly(1), .events(status: .delivered))
            #expect(try await again.event(id).attempts.map(\.statusCode) == [200])
            try await second.stop()
        }
    }
}
