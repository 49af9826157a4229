import NIOCore
import NIOPosix

/// Addresses that were looked up before, for a bootstrap that is to try them one after the other.
struct ResolvedAddresses: Resolver {
    let addresses: [SocketAddress]
    let loop: any EventLoop

    /// All of them, of both families: the bootstrap tries what it gets here in its order, and would else alternate between the families.
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses)
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { loop.makeSucceededFuture([]) }

    func cancelQueries() {}
}
