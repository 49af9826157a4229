import Testing
import Webhooks

@Suite struct DestinationTests {
    @Test(arguments: ["localhost", "LOCALHOST", "localhost.", "shop.localhost", "a.b.LocalHost."])
    func `localhost and the names below it are this machine`(host: String) {
        #expect(Destination(host: host) == .loopback)
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("0x7f000001", "127.0.0.1"), ("::1", "::1"),
        ("0.0.0.0", "0.0.0.0"), ("fe80::1%lo", "fe80::1"),
    ])
    func `an address in any spelling is no name`(host: String, address: String) throws {
        #expect(Destination(host: host) == .address(try #require(NetworkAddress(address))))
    }

    @Test(arguments: [
        ("shop.test", "shop.test"), ("Shop.Test.", "shop.test."), ("localhost.example", "localhost.example"),
        ("notlocalhost", "notlocalhost"), ("my_shop", "my_shop"),
    ])
    func `anything else is a name in lower case`(host: String, name: String) {
        #expect(Destination(host: host) == .name(name))
    }
}
