import NIOCore
import NIOHTTP1

/// A decoder for requests that replaces the decoder of swift-nio whenever that has stopped.
///
/// The decoder of swift-nio treats everything after a request with an `Upgrade` field as the other protocol, and stops
/// parsing. This server never changes the protocol, so what follows is the next request. All bytes that the old decoder
/// left are in the same buffer, and the parser itself determined the end of the request, so content can't be taken for
/// a request.
final class RenewingRequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private let codec: HTTP1Codec
    private let limits: NIOHTTPDecoderLimitConfiguration
    private var decoder: HTTPRequestDecoder

    /// Creates a decoder.
    /// - Parameter codec: The next handler of the pipeline, which knows whether a request offers another protocol.
    init(codec: HTTP1Codec, limits: NIOHTTPDecoderLimitConfiguration) {
        self.codec = codec
        self.limits = limits
        decoder = HTTPRequestDecoder(limitConfiguration: limits)
    }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        repeat {
            guard !codec.isInputOver else {
                buffer.moveReaderIndex(to: buffer.writerIndex)
                break
            }
            do {
                _ = try decoder.decode(context: context, buffer: &buffer)
            } catch  where codec.isInputOver {
                continue
            }
            guard codec.takeStoppedParser() else { break }
            renew(context)
        } while buffer.readableBytes > 0
        return .needMoreData
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        if buffer.readableBytes > 0 { _ = try decode(context: context, buffer: &buffer) }
        guard !codec.isInputOver else { return .needMoreData }
        return try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
    }

    private func renew(_ context: ChannelHandlerContext) {
        decoder.decoderRemoved(context: context)
        decoder = HTTPRequestDecoder(limitConfiguration: limits)
        decoder.decoderAdded(context: context)
    }
}
