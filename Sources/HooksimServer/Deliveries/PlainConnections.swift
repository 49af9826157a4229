import NIOCore
import NIOHTTP1
import NIOPosix
import Webhooks

/// Starts exchanges, each on a connection that waits or on a new one. Used on its event loop alone.
///
/// How many there are is not bounded here: the worker bounds what is under way per subscription, and a bound per host would let one
/// endpoint starve another.
final class PlainConnections {
    /// Where a connection leads.
    struct Place: Hashable {
        let host: String
        let port: Int
    }

    private let loop: any EventLoop
    private let clock: SimulatedClock
    /// Those that wait, by the time since when, the latest at the end.
    private var idle: [Place: [PlainConnection]] = [:]
    private var isSweeping = false
    private var isClosed = false

    init(loop: any EventLoop, clock: SimulatedClock) {
        self.loop = loop
        self.clock = clock
    }

    func start(_ exchange: PlainExchange) {
        exchange.deadline = loop.assumeIsolated().scheduleTask(in: .milliseconds(exchange.timeout.milliseconds)) {
            exchange.timeOut()
            exchange.connection?.close()
        }
        guard let endpoint = exchange.delivery.endpoint else {
            return exchange.end(.invalidEndpoint)
        }
        let place = Place(host: endpoint.host, port: endpoint.port)
        if let connection = idle[place]?.popLast() {
            connection.begin(exchange, to: endpoint)
        } else {
            connect(to: place, for: exchange, at: endpoint)
        }
    }

    private func connect(to place: Place, for exchange: PlainExchange, at endpoint: EndpointURL) {
        if let reason = NetworkAddress(place.host)?.reasonNotToDeliver {
            return exchange.end(.forbiddenAddress(reason))
        }
        let bootstrap = ClientBootstrap(group: loop)
            // The exchange's own deadline comes first.
            .connectTimeout(.milliseconds(exchange.timeout.milliseconds + 1000))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try PlainConnection.addCodec(to: channel) }
            }
        let address = try? SocketAddress(ipAddress: place.host, port: place.port)
        let connected = address.map(bootstrap.connect(to:)) ?? bootstrap.connect(host: place.host, port: place.port)
        connected.assumeIsolated().whenComplete { [self] result in
            switch result {
            case .failure(let error): exchange.fail(error)
            case .success(let channel):
                guard !exchange.isOver else { return channel.close(promise: nil) }
                do {
                    try AttemptFailure.checkAddress(of: channel)
                    let connection = PlainConnection(channel, to: place, among: self, clock: clock)
                    try channel.pipeline.syncOperations.addHandler(connection)
                    connection.begin(exchange, to: endpoint)
                } catch {
                    channel.close(promise: nil)
                    exchange.fail(error)
                }
            }
        }
    }

    /// Takes a connection whose exchange ended.
    func keep(_ connection: PlainConnection) {
        guard !isClosed else { return connection.close() }
        idle[connection.place, default: []].append(connection)
        sweepLater()
    }

    /// Forgets a connection that closed.
    func remove(_ connection: PlainConnection) {
        idle[connection.place]?.removeAll { $0 === connection }
    }

    func close() {
        isClosed = true
        let waiting = idle.values.joined()
        idle = [:]
        for connection in waiting { connection.close() }
    }

    /// One timer for all, since most connections are used again long before.
    private func sweepLater() {
        guard !isSweeping else { return }
        isSweeping = true
        loop.assumeIsolated().scheduleTask(in: DeliverySender.idleTimeout) { [self] in
            isSweeping = false
            sweep()
        }
    }

    private func sweep() {
        let limit = NIODeadline.now() - DeliverySender.idleTimeout
        for (place, connections) in idle {
            let expired = connections.prefix { $0.idleSince <= limit }
            idle[place] = expired.count == connections.count ? nil : Array(connections.dropFirst(expired.count))
            for connection in expired { connection.close() }
        }
        if !idle.isEmpty { sweepLater() }
    }
}
