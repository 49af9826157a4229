@testable import HooksimServer
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

/// Tests of the parser after an offer of another protocol, with bytes that arrive in pieces of any size.
@Suite struct ParserRenewalTests {
    /// A connection without a socket; its responses are all empty.
    private struct Connection {
        let channel: EmbeddedChannel

        init(_ handlers: (any ChannelHandler)...) throws {
            channel = EmbeddedChannel(handlers: handlers)
            let codec = HTTP1Codec(closing: .seconds(2))
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(
                ByteToMessageHandler(
                    RenewingRequestDecoder(codec: codec, limits: HTTP1Server.Configuration().decoder)))
            try pipeline.addHandler(codec)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ text: some StringProtocol) throws {
            try channel.writeInbound(ByteBuffer(string: String(text)))
        }

        /// Returns the targets and contents of the requests that were received completely.
        func requests() throws -> [String] {
            var requests: [String] = []
            var current = ""
            while let part = try channel.readInbound(as: HTTPRequestPart.self) {
                switch part {
                case .head(let head): current = head.path ?? ""
                case .body(let bytes): current += " " + String(buffer: bytes)
                case .end: requests.append(current)
                }
            }
            return requests
        }

        /// Responds to one request, and returns the text that the server writes.
        func respond(_ fields: HTTPFields = [:]) throws -> String {
            var response = HTTPResponse(status: .ok, headerFields: fields)
            response.headerFields[.contentLength] = "0"
            channel.write(HTTPResponsePart.head(response), promise: nil)
            channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
            var text = ""
            while let part = try channel.readOutbound(as: IOData.self) {
                if case .byteBuffer(let bytes) = part { text += String(buffer: bytes) }
            }
            return text
        }

        func close() { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    private static let offers = [
        "GET /1 HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
        "POST /1 HTTP/1.1\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 4\r\n\r\nGET ",
        "POST /1 HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nA: b\r\n\r\n",
        "CONNECT /1 HTTP/1.1\r\n\r\n",
        // This request offers no upgrade, since `Connection` does not list the field.
        "POST /1 HTTP/1.1\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nabcd",
    ]

    @Test(arguments: offers)
    func `wherever the bytes are cut, the next requests are whole`(offer: String) throws {
        let bytes = offer + "POST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz" + offer + "GET /3 HTTP/1.1\r\n\r\n"
        for index in bytes.indices {
            let connection = try Connection()
            try connection.receive(bytes[..<index])
            try connection.receive(bytes[index...])
            let requests = try connection.requests().map { $0.prefix(2) }
            #expect(
                requests == ["/1", "/2", "/1", "/3"], "cut at \(bytes.distance(from: bytes.startIndex, to: index))")
            connection.close()
        }
    }

    @Test(arguments: offers) func `one byte at a time is enough`(offer: String) throws {
        let connection = try Connection()
        for character in (offer + "GET /2 HTTP/1.1\r\n\r\n" + offer + "GET /3 HTTP/1.1\r\n\r\n").utf8 {
            try connection.receive(String(decoding: [character], as: UTF8.self))
        }
        #expect(try connection.requests().map { $0.prefix(2) } == ["/1", "/2", "/1", "/3"])
        connection.close()
    }

    /// The client's input ends directly after a request that follows an offer.
    @Test func `the end of the input takes nothing away from what came before it`() throws {
        let connection = try Connection()
        try connection.receive(Self.offers[1] + "GET /2 HTTP/1.1\r\n\r\n" + Self.offers[0] + "GET /3 HTTP/1.1\r\n\r\n")
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try connection.requests().count == 4)
        connection.close()
    }

    private static let spellings = [
        "Connection: upgrade\r\nUpgrade: x", "Connection:upgrade\r\nUpgrade:x", "connection: UPGRADE\r\nUPGRADE: x",
        "Connection: a, upgrade\r\nUpgrade: x", "Connection: a,upgrade,b\r\nUpgrade: x",
        "Connection: upgrade \r\nUpgrade: x", "Connection: upgrade\t\r\nUpgrade: x",
        "Connection: upgrade ,a\r\nUpgrade: x", "Connection: upgrade\t,a\r\nUpgrade: x",
        "Connection: \tupgrade\r\nUpgrade: x", "Connection: a,\tupgrade\r\nUpgrade: x",
        "Connection: upgrade a\r\nUpgrade: x", "Connection: a upgrade\r\nUpgrade: x",
        "Connection: a upgrade, upgrade\r\nUpgrade: x", "Connection: upgraded\r\nUpgrade: x",
        "Connection: \"upgrade\"\r\nUpgrade: x", "Connection: upgrade;q=1\r\nUpgrade: x",
        "Connection: , ,upgrade,\r\nUpgrade: x", "Connection: upgrade\r\nUpgrade:",
        "Connection: upgrade\r\nUpgrade: \t",
        "Connection: upgrade\r\nUpgrade: ,", "Proxy-Connection: upgrade\r\nUpgrade: x", "Upgrade: x",
        "Connection: upgrade", "Upgrade: x\r\nConnection: keep-alive\r\nConnection: upgrade",
        "Upgrade: x\r\nConnection: upgrade\r\nConnection: keep-alive", "Upgrade: x\r\nConnection: close, upgrade",
        "Upgrade: x\r\nConnection: close\r\nConnection: upgrade", "Upgrade: x\r\nConnection: close upgrade",
        "Upgrade: x\r\nConnection: keep-alive",
    ]

    /// The parser does not expose whether it has stopped, so the codec derives that from the header fields. This must
    /// never be wrong.
    @Test(arguments: spellings, [true, false])
    func `however an offer is spelt, the next request is served, or the response says that it is not`(
        fields: String, isPipelined: Bool
    ) throws {
        let connection = try Connection()
        let (first, second) = ("GET /1 HTTP/1.1\r\n\(fields)\r\n\r\n", "GET /2 HTTP/1.1\r\nA: b\r\n\r\n")
        try connection.receive(isPipelined ? first + second.dropLast(9) : first)
        try connection.receive(isPipelined ? second.suffix(9) : second[...])
        let requests = try connection.requests()
        let response = try connection.respond()
        if response.contains("Connection: close") {
            #expect(requests == ["/1"])
        } else {
            #expect(requests == ["/1", "/2"])
        }
        connection.close()
    }

    @Test func `what follows the last request is not kept`() throws {
        let connection = try Connection()
        try connection.receive("GET /1 HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
        for _ in 0..<10 { try connection.receive(String(repeating: "x", count: 1000)) }
        #expect(try connection.requests() == ["/1"])
        #expect(try connection.respond().contains("Connection: close"))
        try connection.receive("y")
        #expect(try connection.requests() == [])
        connection.close()
    }

    @Test func `a response that ends the connection waits for requests that were received before it`() throws {
        let connection = try Connection()
        for index in 1...3 { try connection.receive("GET /\(index) HTTP/1.1\r\n\r\n") }
        #expect(try connection.requests() == ["/1", "/2", "/3"])
        // The other two requests are already in progress, and a client that gets no response to one would send it
        // again.
        #expect(try !connection.respond([.connection: "close"]).contains("close"))
        try connection.receive("GET /4 HTTP/1.1\r\n\r\n")
        #expect(try connection.requests() == [])
        #expect(try !connection.respond().contains("close"))
        #expect(try connection.respond().contains("Connection: close"))
        #expect(try connection.respond() == "")
        connection.close()
    }

    /// A handler that never completes a write, as a socket that is not ready for more bytes.
    private final class Congestion: ChannelOutboundHandler {
        typealias OutboundIn = IOData

        var written: EventLoopPromise<Void>?

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            written = promise ?? written
        }

        /// An `EmbeddedChannel` can't close one direction alone.
        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            guard mode == .all else { return }
            context.close(promise: promise)
        }
    }

    @Test func `the time to close the connection starts when all of the last response has left`() throws {
        let congestion = Congestion()
        let connection = try Connection(congestion)
        try connection.receive("GET /1 HTTP/1.1\r\nConnection: close\r\n\r\n")
        _ = try connection.respond()
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(connection.channel.isActive)
        congestion.written?.succeed()
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(connection.channel.isActive)
        connection.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!connection.channel.isActive)
        connection.close()
    }

    @Test func `100 Continue is written for the request that is in progress, and once`() throws {
        let connection = try Connection()
        let want = { connection.channel.triggerUserOutboundEvent(HTTP1Codec.ContentWanted(), promise: nil) }
        try connection.receive("POST /1 HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx")
        try connection.receive("POST /2 HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        // The content of the first request has arrived, and the second request is not in progress yet.
        want()
        #expect(try connection.respond().hasPrefix("HTTP/1.1 200"))
        want()
        want()
        try connection.receive("y")
        #expect(try connection.requests() == ["/1 x", "/2 y"])
        let text = try connection.respond()
        #expect(text.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"), "\(text)")
        #expect(!text.contains("close"))
        connection.close()
    }
}
