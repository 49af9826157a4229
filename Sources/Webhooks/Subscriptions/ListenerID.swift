/// The id of a listener: a receiver that gets its deliveries over a connection that it has opened to the simulator.
///
/// The id is the only thing by which a subscription names the listener, so it is long and random.
package struct ListenerID: Hashable, Sendable, CustomStringConvertible {
    /// The number of hexadecimal digits of an id.
    package static let length = 32

    /// The domain below which every name is that of a listener. `.internal` is reserved for private use, so no name
    /// server has it.
    package static let domain = "listen.hooksim.internal"

    /// The id in lower case.
    package let description: String

    /// Creates a random id. Ids are not drawn from the seed, from which they could be guessed.
    package init() {
        var generator = SystemRandomNumberGenerator()
        description = (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Parses an id of 32 hexadecimal digits in lower case; `nil` for any other text.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count == Self.length,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        description = String(text)
    }

    /// The URL to which subscriptions send the listener's deliveries. It is https, so that every profile accepts it.
    package var endpointURL: String { "https://\(description).\(Self.domain)/" }
}

extension EndpointURL {
    /// Whether deliveries to this URL are handed to a connected listener, and never sent over the network.
    package var isOfListener: Bool {
        // Most hosts differ in length already, which costs less than a comparison.
        host.utf8.count == ListenerID.length + 1 + ListenerID.domain.utf8.count
            && host.lowercased().hasSuffix("." + ListenerID.domain)
    }

    /// The id of the listener at this URL; `nil` if it is not that of a listener.
    package var listenerID: ListenerID? {
        isOfListener ? ListenerID(host.lowercased().prefix(ListenerID.length)) : nil
    }
}
