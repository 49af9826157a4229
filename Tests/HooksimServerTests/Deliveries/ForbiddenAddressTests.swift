import Testing
import Webhooks

@testable import HooksimServer

/// The last guard, behind the one that refuses such endpoints: it holds for what a store has from before, too.
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
        ])
    func `nothing is sent to a forbidden address in any spelling`(url: String, reason: String) async throws {
        try await withSender { sender in
            let answer = await sender.send(try .test(to: url), timeout: .seconds(5))
            #expect(answer.result.failure == .forbiddenAddress(reason))
            #expect(answer.result.statusCode == nil)
        }
    }
}
