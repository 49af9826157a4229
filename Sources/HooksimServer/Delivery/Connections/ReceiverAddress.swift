import NIOCore
import Webhooks

/// The check of the addresses that attempts are sent to: of all addresses of a host before connecting, and of the
/// address that a socket is connected to.
enum ReceiverAddress {
    /// Returns the addresses of a host that attempts may be sent to, in the same order.
    /// - Throws: ``AttemptFailure`` if there are none.
    static func allowed(_ addresses: [NetworkAddress], of host: String) throws(AttemptFailure) -> [NetworkAddress] {
        guard let first = addresses.first else { throw .unresolvedName(host) }
        let allowed = addresses.filter { $0.reasonNotToDeliver == nil }
        if allowed.isEmpty, let reason = first.reasonNotToDeliver { throw .forbiddenAddress(reason) }
        return allowed
    }
}

extension SocketAddress {
    init(_ address: NetworkAddress, port: Int) {
        do {
            try self.init(packedIPAddress: ByteBuffer(bytes: address.bytes), port: port)
        } catch {
            preconditionFailure("an address has 4 or 16 bytes")
        }
    }
}
