import NIOCore
import NIOEmbedded
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the last check of addresses, behind the one that refuses such endpoints when a subscription is created. It
/// also applies to endpoints that a store already contains.
@Suite struct ForbiddenAddressTests {
    @Test(
        arguments: [
            ("http://169.254.169.254/latest/meta-data", "a link-local address"),
            ("http://169.254.1.1:8080/", "a link-local address"), ("http://2852039166/", "a link-local address"),
            ("http://0xa9fea9fe/", "a link-local address"), ("http://0251.0376.0251.0376/", "a link-local address"),
            ("http://169.254.43518/", "a link-local address"), ("http://[fe80::1]/", "a link-local address"),
            ("http://[::ffff:169.254.169.254]/", "a link-local address"),
            ("http://[::ffff:a9fe:a9fe]/", "a link-local address"),
            ("http://[64:ff9b::a9fe:a9fe]/", "a link-local address"),
            ("http://[fd00:ec2::254]/", "the address of a cloud's metadata service"),
            ("http://100.100.100.200/", "the address of a cloud's metadata service"),
            ("http://224.0.0.1/", "a multicast or reserved address"),
            ("http://255.255.255.255/", "a multicast or reserved address"),
            ("http://[ff02::1]/", "a multicast or reserved address"),
        ] as [(url: String, reason: String)], Scheme.allCases)
    func `nothing is sent to a forbidden address in any spelling`(
        forbidden: (url: String, reason: String), scheme: Scheme
    ) async throws {
        let url = forbidden.url.replacing("http://", with: "\(scheme)://")
        try await withSender { sender in
            let response = await sender.send(try .test(to: url), timeout: .seconds(5))
            #expect(response.result.failure == .forbiddenAddress(forbidden.reason))
            #expect(response.result.statusCode == nil)
        }
    }

    @Test(arguments: [("169.254.169.254", false), ("::ffff:a9fe:a9fe", false), ("127.0.0.1", true), ("::1", true)])
    func `the address that a socket is connected to is checked, too`(address: String, isAllowed: Bool) throws {
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 80)
        if isAllowed {
            try ReceiverConnector.checkAddress(of: channel, host: "shop.test")
        } else {
            #expect(throws: AttemptFailure.forbiddenAddress("a link-local address")) {
                try ReceiverConnector.checkAddress(of: channel, host: "shop.test")
            }
        }
    }
}
