import HooksimClient
import HooksimServer
import Testing

@Suite struct ErrorTests {
    @Test func `a simulator that has stopped can't be reached, and the error names its address`() async throws {
        let simulator = try await Simulator.start()
        let hooksim = ControlClient(url: simulator.url + "/")
        #expect(try await hooksim.health().version == HooksimVersion.current)
        try await simulator.stop()
        let error = await #expect(throws: HooksimError.self) { try await hooksim.health() }
        guard case .notReachable(let url, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(url == simulator.url && reason == .refused)
        #expect(error?.description.contains("no simulator can be reached at \(url)") == true)
    }

    @Test func `another service on the port is not taken for a simulator`() async throws {
        try await withShop { shop in
            let hooksim = ControlClient(url: shop.url)
            // The shop responds with an error, since it can't decode a delivery from this request.
            let error = await #expect(throws: HooksimError.self) { try await hooksim.health() }
            guard case .otherService(let url, let request, let status) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(url == shop.url && request == "GET /__admin/health" && status >= 400)
        }
    }

    @Test func `a refusal has the code, the message and each wrong field`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let error = await #expect(throws: HooksimError.self) {
                try await hooksim.trigger(.invoicePaid, entityID: "", count: 20_000)
            }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 422 && refusal.code == "unprocessable_entity")
            #expect(refusal.request == "POST /__admin/events" && !refusal.message.isEmpty)
            #expect(Set(refusal.validationErrors.keys) == ["entity_id", "count"])
        }
    }

    @Test func `an expectation that is not met throws with what was expected, what was found and the closest rows`()
        async throws
    {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            try await hooksim.webhooks().subscribe(to: .invoicePaid, at: "http://127.0.0.1:9/hooks")
            try await hooksim.freezeClock()
            let id = try await hooksim.trigger(.invoicePaid, entityID: "inv_1").events[0].id
            let error = await #expect(throws: HooksimError.self) {
                try await hooksim.expect(
                    .atLeast(1), .events(entityID: "inv_1", status: .delivered), timeout: .zero)
            }
            guard case .expectationNotMet(let unmet) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(unmet.count == 0 && unmet.closest.first?["id"]?.string == id)
            for part in ["at least 1 event", "inv_1", "delivered", id] {
                #expect(unmet.message.contains(part), "\(unmet.message)")
            }
            #expect(error?.description == unmet.message)
        }
    }

    @Test func `an expectation that names an unknown field is refused`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let error = await #expect(throws: HooksimError.self) {
                try await hooksim.expect(.exactly(0), .attempts().having("colour", "red"))
            }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.validationErrors.keys.contains("where.colour"))
        }
    }

    @Test func `the control API asks for its token, and the client sends it`() async throws {
        var options = SimulatorOptions()
        options.adminToken = "admin-token-1"
        try await Simulator.with(options) { simulator in
            let error = await #expect(throws: HooksimError.self) {
                try await ControlClient(url: simulator.url).clock()
            }
            guard case .refused(let refusal) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 401)
            let hooksim = ControlClient(url: simulator.url, adminToken: "admin-token-1")
            let clock = try await hooksim.clock()
            #expect(clock.mode == .real)
            #expect(!"\(hooksim)".contains("admin-token-1"))
        }
    }

    @Test func `a cancelled request throws a cancellation`() async throws {
        try await Simulator.with { simulator in
            let hooksim = ControlClient(url: simulator.url)
            let waiting = Task {
                try await hooksim.expect(.exactly(1), .requests(path: "/webhooks"), timeout: .seconds(60))
            }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test func `a certificate is trusted by its authority, and by nothing else`() async throws {
        var options = SimulatorOptions()
        options.tls = .selfSigned
        try await Simulator.with(options) { simulator in
            let authority = try #require(simulator.certificateAuthority)
            let hooksim = try ControlClient(url: simulator.url, certificateAuthority: authority)
            #expect(try await hooksim.health().version == HooksimVersion.current)
            await #expect(throws: HooksimError.self) { try await ControlClient(url: simulator.url).health() }
            #expect(throws: (any Error).self) {
                try ControlClient(url: simulator.url, certificateAuthority: "no certificate")
            }
        }
    }
}
