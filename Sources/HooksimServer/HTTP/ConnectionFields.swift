import NIOHTTP1

/// The effects of a request's head on its connection, read in one pass over its fields.
struct ConnectionFields {
    /// The effect of an `Upgrade` field on the parser; the server itself ignores the field (RFC 9110, 7.8).
    enum Upgrade {
        case none
        /// The parser treats everything after the request as the other protocol.
        case stopsParser
        /// The form of the fields does not determine whether the parser has stopped.
        case unclear
    }

    /// Whether the request has an expectation.
    private(set) var expects = false
    private(set) var upgrade = Upgrade.none

    init(_ head: HTTPRequestHead) {
        var offersProtocol = false
        for (name, value) in head.headers {
            // The length alone excludes most names.
            switch name.utf8.count {
            case 6 where name.isNamed("expect"): expects = expects || !value.listMembers.isEmpty
            case 7 where name.isNamed("upgrade"): offersProtocol = true
            default: break
            }
        }
        if offersProtocol { upgrade = Self.upgrade(head.headers) }
        if head.method == .CONNECT {
            // The parser does not read content after CONNECT, so declared content would be taken for the next request.
            let hasContent = head.headers.contains { name, value in
                name.isNamed("transfer-encoding") || name.isNamed("content-length") && value != "0"
            }
            upgrade = hasContent ? .unclear : .stopsParser
        }
    }

    /// Returns a definite effect only for fields in their usual form, since the parser does not specify how it reads
    /// others.
    private static func upgrade(_ headers: HTTPHeaders) -> Upgrade {
        var isMentioned = false
        var isOption = false
        var isUsual = true
        for (name, value) in headers {
            if name.isNamed("upgrade") {
                isUsual = isUsual && !value.listMembers.isEmpty
            } else if name.isNamed("connection") || name.isNamed("proxy-connection") {
                isMentioned = isMentioned || value.lowercased().contains("upgrade")
                for option in value.split(separator: ",") {
                    isOption = isOption || option.trimming(" ").isNamed("upgrade")
                    isUsual = isUsual && option.trimming(" ").utf8.allSatisfy(Self.isTokenByte)
                }
            }
        }
        guard isMentioned else { return .none }
        return isOption && isUsual ? .stopsParser : .unclear
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension StringProtocol {
    /// Returns whether the string equals a field name or token of HTTP, without regard to case.
    ///
    /// - Parameter name: The name in lower case.
    func isNamed(_ name: StaticString) -> Bool {
        utf8.count == name.utf8CodeUnitCount
            && name.withUTF8Buffer { bytes in
                utf8.elementsEqual(bytes) { $0 == $1 || $1 >= UInt8(ascii: "a") && $0 | 0x20 == $1 }
            }
    }

    /// The members of a list (RFC 9110, 5.6.1), without empty ones.
    var listMembers: [SubSequence] {
        split(separator: ",").map { $0.trimming(" \t") }.filter { !$0.isEmpty }
    }

    fileprivate func trimming(_ characters: String) -> SubSequence {
        guard let first = firstIndex(where: { !characters.contains($0) }),
            let last = lastIndex(where: { !characters.contains($0) })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
