/// The destination of a host in an endpoint's URL: an address, this machine, or a name that has to be resolved.
package enum Destination: Sendable, Equatable {
    /// An address.
    case address(NetworkAddress)
    /// The host `localhost` or a name below it, which is both loopback addresses, whatever a name server responds (RFC
    /// 6761, 6.3).
    case loopback
    /// A name in lower case.
    case name(String)

    /// Creates the destination of a host.
    ///
    /// - Parameter host: the host without the brackets of an IPv6 literal.
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
