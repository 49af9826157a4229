import Testing
import Webhooks

@testable import HooksimServer

/// Tests of `localhost` and its subdomains, which mean this machine and are not looked up.
@Suite struct LoopbackNameTests {
    /// Whether this machine has the IPv6 loopback address.
    static let hasIPv6 = (try? ReservedPort(on: "::1")) != nil

    @Test(arguments: ["localhost", "LocalHost", "localhost.", "shop.localhost", "a.b.localhost."], Scheme.allCases)
    func `it is not looked up, and a receiver on 127.0.0.1 alone is found`(name: String, scheme: Scheme) async throws {
        try await expectDelivery(scheme, to: name, listeningOn: "127.0.0.1", refusingOn: Self.hasIPv6 ? "::1" : nil)
    }

    @Test(.enabled(if: hasIPv6), arguments: ["localhost", "shop.localhost"], Scheme.allCases)
    func `a receiver on ::1 alone is found`(name: String, scheme: Scheme) async throws {
        try await expectDelivery(scheme, to: name, listeningOn: "::1", refusingOn: "127.0.0.1")
    }

    @Test(arguments: Scheme.allCases)
    func `where both refuse, it is refused`(scheme: Scheme) async throws {
        let (reserved, receiver) = try await Self.listen(
            scheme, on: "127.0.0.1", refusingOn: Self.hasIPv6 ? "::1" : nil)
        let port = receiver.port
        try await receiver.stop()
        try await withSender { sender in
            let response = await sender.send(try .test(to: "\(scheme)://localhost:\(port)/"), timeout: .minutes(1))
            #expect(response.result.failure == .connectionRefused)
        }
        withExtendedLifetime(reserved) {}
    }

    @Test(.enabled(if: hasIPv6), arguments: Scheme.allCases)
    func `an IPv6 literal is an address like any other`(scheme: Scheme) async throws {
        let receiver = try await Receiver(scheme, host: "::1")
        try await withSender { sender in
            for host in ["[::1]", "[0:0:0:0:0:0:0:1]"] {
                let response = await sender.send(
                    try .test(to: "\(scheme)://\(host):\(receiver.port)/"), timeout: .minutes(1))
                #expect(response.result.isSuccess)
            }
        }
        #expect(
            receiver.received.map { $0.header("Host") } == [
                "[::1]:\(receiver.port)", "[0:0:0:0:0:0:0:1]:\(receiver.port)",
            ])
        try await receiver.stop()
    }

    private func expectDelivery(
        _ scheme: Scheme, to name: String, listeningOn host: String, refusingOn other: String?
    ) async throws {
        let (reserved, receiver) = try await Self.listen(scheme, on: host, refusingOn: other)
        let lookup: NameResolver.Lookup = { name in
            Issue.record("\(name) was looked up")
            return []
        }
        try await withSender(lookup: lookup) { sender in
            for number in 1...2 {
                let response = await sender.send(
                    try .test(to: "\(scheme)://\(name):\(receiver.port)/", number: UInt64(number)), timeout: .minutes(1)
                )
                #expect(response.result == AttemptResult(statusCode: 200))
            }
        }
        #expect(receiver.received.map { $0.header("Host") } == Array(repeating: "\(name):\(receiver.port)", count: 2))
        try await receiver.stop()
        withExtendedLifetime(reserved) {}
    }

    /// Returns a receiver on one address, and the same port of another address, reserved so that no other program can
    /// listen on it.
    private static func listen(
        _ scheme: Scheme, on host: String, refusingOn other: String?
    ) async throws -> (ReservedPort?, Receiver) {
        guard let other else { return (nil, try await Receiver(scheme, host: host)) }
        while true {
            let reserved = try ReservedPort(on: other)
            // Another program may already use the port at this address.
            if let receiver = try? await Receiver(scheme, host: host, port: reserved.port) {
                return (reserved, receiver)
            }
        }
    }
}
