import NIOHTTP1

/// What a request's head says about its connection, read in one pass.
struct ConnectionFields {
    /// What an offer of another protocol does to the parser, which the server ignores otherwise (RFC 9110, 7.8).
    enum Upgrade {
        case none
        /// The parser takes all that follows the request for that protocol.
        case stopsParser
        /// The fields are written so that the parser may have stopped or not.
        case unclear
    }

    /// Whether the request has any expectation.
    private(set) var expects = false
    private(set) var upgrade = Upgrade.none

    init(_ head: HTTPRequestHead) {
        var offersProtocol = false
        for (name, value) in head.headers {
            // The length alone tells most names apart.
            switch name.utf8.count {
            case 6 where name.isNamed("expect"): expects = expects || !value.listMembers.isEmpty
            case 7 where name.isNamed("upgrade"): offersProtocol = true
            default: break
            }
        }
        if offersProtocol { upgrade = Self.upgrade(head.headers) }
        if head.method == .CONNECT {
            // What is declared as its content would be taken for the next request: the parser knows no content of CONNECT.
            let hasContent = head.headers.contains { name, value in
                name.isNamed("transfer-encoding") || name.isNamed("content-length") && value != "0"
            }
            upgrade = hasContent ? .unclear : .stopsParser
        }
    }

    /// Says certain things only of what is written as usual; a parser's view of the rest is no contract.
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
    /// Whether it is a name or token of HTTP, whose letters may be in any case.
    ///
    /// - Parameter name: The name, with its letters in lower case.
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
