/// What the host of an endpoint's URL means: an address, this machine, or a name that has to be looked up.
package enum Destination: Sendable, Equatable {
    case address(NetworkAddress)
    /// `localhost` or a name that ends so: both loopback addresses, whatever a name server says (RFC 6761, 6.3).
    case loopback
    /// A name in lower case.
    case name(String)

    /// - Parameter host: without the brackets of an IPv6 literal.
    package init(host: String) {
        if let address = NetworkAddress(host) {
            self = .address(address)
            return
        }
        let name = host.lowercased()
        let relative = name.hasSuffix(".") ? name.dropLast() : name[...]
        self = relative == "localhost" || relative.hasSuffix(".localhost") ? .loopback : .name(name)
    }
}
