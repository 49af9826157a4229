/// Percent-encoding (RFC 3986, 2.1).
package enum PercentEncoding {
    /// Returns bytes as text, in which those that are not allowed are percent-encoded. Only ASCII may be allowed.
    package static func encode(_ bytes: some Sequence<UInt8>, allowing isAllowed: (UInt8) -> Bool) -> String {
        bytes.map { byte in
            if isAllowed(byte) { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
