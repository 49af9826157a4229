import NIOCore
import NIOPosix

/// A resolver that returns addresses that were already looked up, so that a bootstrap tries them one after the other.
struct ResolvedAddresses: Resolver {
    let addresses: [SocketAddress]
    let loop: any EventLoop

    /// Returns all addresses of both families: the bootstrap tries these in the given order, and would otherwise
    /// alternate between the families.
    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses)
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { loop.makeSucceededFuture([]) }

    func cancelQueries() {}
}
