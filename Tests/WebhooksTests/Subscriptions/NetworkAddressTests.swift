import Testing
import Webhooks

@Suite struct NetworkAddressTests {
    @Test(arguments: ["127.0.0.1", "127.9.9.9", "127.1", "0x7f000001", "::1", "::ffff:127.0.0.1"])
    func `every spelling of loopback is known`(text: String) {
        #expect(NetworkAddress(text)?.isLoopback == true)
    }

    @Test(arguments: ["0.0.0.0", "::", "10.0.0.1", "8.8.8.8", "::2", "fd00::1", "169.254.0.1"])
    func `nothing else is loopback, least of all everywhere`(text: String) {
        #expect(NetworkAddress(text)?.isLoopback == false)
    }

    @Test(arguments: [
        "169.254.169.254", "169.254.1.1", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "fe80::1", "fe80::1%eth0",
        "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "fd00:ec2::254", "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255", "ff02::1",
    ])
    func `link-local and metadata addresses are known in every spelling`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).reasonNotToDeliver != nil)
    }

    @Test(arguments: ["127.0.0.1", "10.0.0.1", "192.168.1.1", "8.8.8.8", "2001:db8::1", "::1", "fd12::1"])
    func `ordinary addresses may be delivered to`(text: String) throws {
        #expect(try #require(NetworkAddress(text)).reasonNotToDeliver == nil)
    }

    @Test(arguments: ["", "example.com", "localhost", "1.2.3.4.5", "256.1.1.1", ":::"])
    func `a name is no address`(text: String) {
        #expect(NetworkAddress(text) == nil)
    }
}
