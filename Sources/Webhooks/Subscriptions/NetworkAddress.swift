#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address.
package struct NetworkAddress: Sendable, Hashable {
    /// The 4 or 16 bytes of the address in network order.
    package let bytes: [UInt8]

    /// Both loopback addresses, first the one on which most programs listen.
    package static let loopback = [NetworkAddress("127.0.0.1"), NetworkAddress("::1")].compactMap { $0 }

    /// Creates an address from 4 or 16 bytes in network order; `nil` for any other number of bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Parses every form that a resolver accepts as an address: `127.0.0.1`, `127.1`, `0x7f000001`, `::1`.
    package init?(_ text: String) {
        var v6 = in6_addr()
        let unscoped = text.prefix { $0 != "%" }
        if inet_pton(AF_INET6, String(unscoped), &v6) == 1 {
            bytes = withUnsafeBytes(of: &v6) { Array($0) }
            return
        }
        var v4 = in_addr()
        guard let first = text.utf8.first, (0x30...0x39).contains(first), inet_aton(text, &v4) != 0 else { return nil }
        bytes = withUnsafeBytes(of: &v4) { Array($0) }
    }

    /// The bytes of the IPv4 address, also of one that is embedded in an IPv6 address: mapped, compatible, NAT64 (RFC
    /// 6052) or 6to4 (RFC 3056).
    private var embeddedIPv4: [UInt8]? {
        guard bytes.count == 16 else { return bytes }
        let isZero = { (range: Range<Int>) in bytes[range].allSatisfy { $0 == 0 } }
        if isZero(0..<10), bytes[10] == 0xFF, bytes[11] == 0xFF { return Array(bytes[12...]) }
        if isZero(0..<12), !isZero(12..<15) { return Array(bytes[12...]) }
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]), isZero(4..<12) || bytes[4] == 0 && bytes[5] == 1 {
            return Array(bytes[12...])
        }
        if bytes.starts(with: [0x20, 0x02]) { return Array(bytes[2..<6]) }
        return nil
    }

    /// Whether the address is a loopback address.
    package var isLoopback: Bool {
        if let v4 = embeddedIPv4 { return v4[0] == 127 }
        return bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// Whether the address is `0.0.0.0` or `::`: a listener on it accepts connections to every address, and a
    /// connection to it leads to this machine.
    package var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Whether the address is not reachable from public networks: RFC 1918, RFC 4193, and the shared addresses of RFC
    /// 6598, which overlay networks use.
    package var isPrivate: Bool {
        if let v4 = embeddedIPv4 {
            return v4[0] == 10 || v4[0] == 172 && (16...31).contains(v4[1]) || v4[0] == 192 && v4[1] == 168
                || v4[0] == 100 && v4[1] & 0xC0 == 64
        }
        return bytes[0] & 0xFE == 0xFC
    }

    /// The reason for which deliveries are never sent to the address: it is link-local, a cloud's metadata service, or
    /// several hosts; `nil` if there is no reason.
    package var reasonNotToDeliver: String? {
        if let v4 = embeddedIPv4 {
            if v4[0] == 169, v4[1] == 254 { return "a link-local address" }
            if v4 == [100, 100, 100, 200] || v4 == [192, 0, 0, 192] || v4 == [168, 63, 129, 16] {
                return "the address of a cloud's metadata service"
            }
            if v4[0] >= 224 { return "a multicast or reserved address" }
            return nil
        }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return "a link-local address" }
        if bytes.starts(with: [0xFD, 0x00, 0x0E, 0xC2]) || bytes.starts(with: [0xFD, 0x20, 0x00, 0xCE]) {
            return "the address of a cloud's metadata service"
        }
        if bytes[0] == 0xFF { return "a multicast or reserved address" }
        return nil
    }
}
