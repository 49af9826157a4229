import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Names as the system looks them up: files, name servers, and the order of addresses of RFC 6724.
enum SystemLookup {
    /// Returns the addresses of a name; none when there is no such name, or no name server responds. It blocks until then.
    static func addresses(of name: String) -> [NetworkAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
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
        // Behind the family and the port, and in IPv6 the flow information (RFC 3493, 3.3), where every platform has them.
        case AF_INET: return NetworkAddress(bytes: Array(UnsafeRawBufferPointer(start: pointer + 4, count: 4)))
        case AF_INET6: return NetworkAddress(bytes: Array(UnsafeRawBufferPointer(start: pointer + 8, count: 16)))
        default: return nil
        }
    }
}
