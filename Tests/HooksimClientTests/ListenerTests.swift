import HooksimClient
import HooksimServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct ListenerTests {
    @Test func `a listener gets deliveries over its connection, and its responses decide the attempts`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            try await hooksim.updateSettings { $0.retrySchedule = [.zero, .zero] }
            let listener = try await hooksim.openListener()
            try await hooksim.webhooks().subscribe(
                to: .invoicePaid, at: listener.endpointURL + "hooks?a=1", secretKey: "s3cr3t-4242")
            let id = try await hooksim.trigger(.invoicePaid).events[0].id
            var messages = listener.makeAsyncIterator()
            let first = try await messages.nextDelivery()
            #expect(first.path == "/hooks?a=1")
            let headers = Dictionary(uniqueKeysWithValues: first.headers.map { ($0.name, $0.value) })
            #expect(headers["X-Webhook-Id"] == id && headers["X-Webhook-Attempt"] == "1")
            #expect(headers["Authorization"] == "Bearer s3cr3t-4242")
            #expect(String(decoding: first.body, as: UTF8.self).contains(id))
            try await hooksim.respond(
                to: first, of: listener.id, status: 503, headers: [("X-Reason", "busy")],
                body: Array(repeating: UInt8(ascii: "x"), count: 20_000))
            try await hooksim.respond(to: try await messages.nextDelivery(), of: listener.id, status: 204)
            try await hooksim.expect(.exactly(1), .events(status: .delivered))
            let attempts = try await hooksim.event(id).attempts
            #expect(attempts.map(\.statusCode) == [503, 204])
            #expect(attempts[0].response?.headers.map(\.value) == ["busy"])
            #expect(attempts[0].response?.body.utf8.count == 16 * 1024)
        }
    }

    @Test func `without a connected listener, an attempt fails like a refused connection`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            try await hooksim.updateSettings { $0.retrySchedule = [.zero] }
            let listener = try await hooksim.openListener()
            let subscription = try await hooksim.webhooks().subscribe(to: .invoicePaid, at: listener.endpointURL)
            var messages: Listener.AsyncIterator? = listener.makeAsyncIterator()
            let second = try await hooksim.openListener(id: listener.id)
            var isReplaced = false
            while let message = try await messages?.next() {
                if case .replaced = message { isReplaced = true }
            }
            #expect(isReplaced)
            messages = nil
            let reading = Task { for try await _ in second {} }
            #expect(try await hooksim.listener(listener.id).isConnected)
            reading.cancel()
            _ = await reading.result
            while try await hooksim.listener(listener.id).isConnected { await Task.yield() }
            let id = try await hooksim.trigger(.invoicePaid).events[0].id
            try await hooksim.expect(.exactly(1), .events(status: .failed))
            let attempt = try #require(try await hooksim.event(id).attempts.first)
            #expect(attempt.failure == "connection_refused")
            #expect(attempt.error?.contains("no listener is connected") == true)
            #expect(try await hooksim.listeners().map(\.isConnected) == [false])
            #expect(try await hooksim.endSubscription(subscription.id).isActive == false)
            #expect(try await hooksim.listeners().isEmpty)
        }
    }

    @Test func `an attempt ends with its listener's connection, and with its own timeout`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            try await hooksim.updateSettings {
                $0.retrySchedule = [.zero]
                $0.deliveryTimeout = .milliseconds(200)
            }
            let listener = try await hooksim.openListener()
            try await hooksim.webhooks().subscribe(to: .invoicePaid, at: listener.endpointURL)
            try await hooksim.trigger(.invoicePaid)
            var messages = listener.makeAsyncIterator()
            let late = try await messages.nextDelivery()
            #expect(try await messages.nextAbandoned() == late.number)
            try await hooksim.expect(.exactly(1), .attempts(failure: "response_timeout"))
            await #expect {
                try await hooksim.respond(to: late, of: listener.id, status: 200)
            } throws: { error in
                if case HooksimError.refused(let refusal) = error { refusal.status == 409 } else { false }
            }
            try await hooksim.updateSettings { $0.deliveryTimeout = .seconds(600) }
            try await hooksim.trigger(.invoicePaid)
            _ = try await messages.nextDelivery()
            // Another connection ends the first one, and its attempts with it.
            _ = try await hooksim.openListener(id: listener.id)
            try await hooksim.expect(.exactly(1), .attempts(failure: "no_response"))
        }
    }

    @Test func `a listener is informed when subscriptions end`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let listener = try await hooksim.openListener(endpointURL: "http://127.0.0.1:9/hooks")
            #expect(listener.endpointURL == "http://127.0.0.1:9/hooks")
            let id = try await hooksim.webhooks().subscribe(to: .invoicePaid, at: listener.endpointURL).id
            #expect(try await hooksim.listener(listener.id).subscriptions.map(\.id) == [id])
            var messages = listener.makeAsyncIterator()
            try await hooksim.endSubscription(id)
            #expect(try await messages.nextIsChange())
            try await hooksim.reset()
            #expect(try await messages.nextIsChange())
            #expect(try await hooksim.listener(listener.id).subscriptions.isEmpty)
        }
    }
}

extension Listener.AsyncIterator {
    /// Returns the next delivery.
    fileprivate mutating func nextDelivery() async throws -> ListenerDelivery {
        while let message = try await next() {
            if case .delivery(let delivery) = message { return delivery }
        }
        throw EndOfListener()
    }

    /// Returns whether the next message that is no heartbeat says that subscriptions have ended.
    fileprivate mutating func nextIsChange() async throws -> Bool {
        while let message = try await next() {
            switch message {
            case .heartbeat: continue
            case .changed: return true
            default: return false
            }
        }
        return false
    }

    /// Returns the number of the next delivery whose response is not awaited any more.
    fileprivate mutating func nextAbandoned() async throws -> Int {
        while let message = try await next() {
            if case .abandoned(let number) = message { return number }
        }
        throw EndOfListener()
    }

    private struct EndOfListener: Error {}
}
