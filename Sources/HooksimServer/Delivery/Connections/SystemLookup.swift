import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Name resolution by the system: files, name servers, and the order of addresses of RFC 6724.
enum SystemLookup {
    /// Returns the addresses of a name; an empty array if there is no such name or no name server responds. Blocks
    /// until then.
    static func addresses(of name: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = StreamSocket.type
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var entry = list
        while let info = entry?.pointee {
            if let address = address(info), !addresses.contains(address) { addresses.append(address) }
            entry = info.ai_next
        }
        return addresses
    }

    private static func address(_ info: addrinfo) -> NetworkAddress? {
        guard let pointer = UnsafeRawPointer(info.ai_addr) else { return nil }
        switch info.ai_family {
        // On every platform, the address follows the family and the port, and in IPv6 also the flow information (RFC
        // 3493, 3.3).
        case AF_INET: return NetworkAddress(bytes: Array(UnsafeRawBufferPointer(start: pointer + 4, count: 4)))
        case AF_INET6: return NetworkAddress(bytes: Array(UnsafeRawBufferPointer(start: pointer + 8, count: 16)))
        default: return nil
        }
    }
}
