import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of https on both sides: the server's own certificate, and the verification of receivers' certificates.
@Suite struct TLSTests {
    private func withSecureSimulator(
        faults: [FaultRule] = [], _ body: (Simulator, String) async throws -> Void
    ) async throws {
        var options = SimulatorOptions()
        options.tls = .selfSigned
        options.faults = faults
        let simulator = try await Simulator.start(options)
        do {
            try await body(simulator, try #require(simulator.certificateAuthority))
            try await simulator.stop()
        } catch {
            try? await simulator.stop()
            throw error
        }
    }

    private func status(of url: String, trusting authority: String?) async throws -> UInt {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority { tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8))) }
        configuration.tlsConfiguration = tls
        let client = HTTPClient(configuration: configuration)
        do {
            let status = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(20)).status.code
            try await client.shutdown()
            return status
        } catch {
            try await client.shutdown()
            throw error
        }
    }

    @Test func `a client that trusts the authority created at start gets a response over https`() async throws {
        try await withSecureSimulator { simulator, authority in
            #expect(simulator.url.hasPrefix("https://127.0.0.1:"))
            let health = simulator.url + "/__admin/health"
            for url in [health, health.replacing("127.0.0.1", with: "localhost")] {
                let status = try await status(of: url, trusting: authority)
                #expect(status == 200)
            }
            await #expect(throws: (any Error).self) { try await status(of: health, trusting: nil) }
        }
    }

    @Test func `a certificate of one's own is shown, with its key`() async throws {
        let issued = try SelfSignedCertificate(names: ["127.0.0.1", "hooksim.test", "0.0.0.0", "*"])
        try await withTemporaryStore { path in
            for (name, pem) in [(".crt", issued.certificate), (".key", issued.privateKey)] {
                try Data(pem).write(to: URL(fileURLWithPath: path + name))
            }
            var options = SimulatorOptions()
            options.tls = .files(certificate: path + ".crt", privateKey: path + ".key")
            let simulator = try await Simulator.start(options)
            let authority = String(decoding: issued.authority, as: UTF8.self)
            #expect(try await status(of: simulator.url + "/__admin/health", trusting: authority) == 200)
            #expect(simulator.certificateAuthority == nil)
            try await simulator.stop()
            // The certificate and the private key are exchanged here, which must be refused.
            options.tls = .files(certificate: path + ".key", privateKey: path + ".crt")
            await #expect(throws: SimulatorError.self) { try await Simulator.start(options) }
        }
    }

    @Test func `each start has an authority of its own`() async throws {
        try await withSecureSimulator { first, authority in
            try await withSecureSimulator { second, other in
                #expect(authority != other)
                await #expect(throws: (any Error).self) {
                    try await status(of: second.url + "/__admin/health", trusting: authority)
                }
            }
        }
    }

    enum Trust: CaseIterable { case system, authority, nothing }

    @Test(arguments: Trust.allCases)
    func `a delivery over https goes only to a receiver that is trusted`(trust: Trust) async throws {
        try await withSecureSimulator { receiver, authority in
            try await withTemporaryStore { path in
                try Data(authority.utf8).write(to: URL(fileURLWithPath: path))
                try await withSimulator {
                    if trust == .authority { $0.deliveryAuthority = path }
                    if trust == .nothing { $0.verifiesReceivers = false }
                } _: { client in
                    try await client.settings(["retry_schedule": ["0s"]])
                    try await client.subscribe(to: receiver.url + "/hooks", token: try await client.token())
                    try await client.trigger()
                    try await client.expect("attempts", [:], count: 1)
                    let attempt = try #require(try await client.attempts().first)
                    if trust == .system {
                        #expect(attempt["status_code"] == .null)
                        #expect(attempt["error"]?.string?.contains("TLS") == true, "\(attempt)")
                    } else {
                        // The other simulator does not have this path, but its response shows that the connection was
                        // accepted.
                        #expect(attempt["status_code"] == 404, "\(attempt)")
                    }
                }
            }
        }
    }

    @Test func `a redirect over https is a failure, and where it leads is never called`() async throws {
        let elsewhere = try await Receiver()
        let redirect = try FaultRuleParser.parse(
            JSONObject([
                ("target", "api"), ("effect", ["status": 307, "headers": ["Location": .string(elsewhere.url)]]),
            ]))
        try await withSecureSimulator(faults: [redirect]) { receiver, _ in
            try await withSimulator {
                $0.verifiesReceivers = false
            } _: { client in
                try await client.settings(["retry_schedule": ["0s"]])
                try await client.subscribe(to: receiver.url + "/webhooks", token: try await client.token())
                try await client.trigger()
                try await client.expect("attempts", ["status_code": 307, "outcome": "failed"], count: 1)
            }
        }
        #expect(elsewhere.received.isEmpty)
        try await elsewhere.stop()
    }

    @Test(
        arguments: [
            ("no PEM", "has no certificate in PEM"), (nil, "can't be read"),
        ] as [(String?, String)])
    func `an authority file that can't be used is named at start`(content: String?, message: String) async throws {
        try await withTemporaryStore { path in
            if let content { try Data(content.utf8).write(to: URL(fileURLWithPath: path)) }
            var options = SimulatorOptions()
            options.deliveryAuthority = path
            let error = await #expect(throws: SimulatorError.self) { try await Simulator.start(options) }
            #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains(path) == true)
        }
    }
}
