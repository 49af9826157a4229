import FoundationEssentials
import NIOCore
import StrictJSON
import Webhooks

/// The connection of a listener, with the attempts that wait for its responses. It does no I/O.
struct ConnectedListener {
    /// An attempt that waits to be sent to the listener, or for its response.
    struct Waiting {
        let delivery: OutgoingDelivery
        let timeout: TimeSpan
        let timer: Scheduled<Void>
        let completion: @Sendable (ReceiverResponse) -> Void
        /// Whether the attempt has been sent to the listener.
        var isSent = false
    }

    let id: ListenerID
    let endpointURL: String
    let chunks: AsyncStream<ByteBuffer>.Continuation
    /// The attempts that have not ended, by their numbers.
    var waiting: [Int: Waiting] = [:]
    /// The numbers of the attempts that have not been sent, in their order.
    private var unsent = CircularBuffer<Int>()
    /// The number of bytes handed to the connection that it has not written.
    private var backlog = 0

    /// The number of bytes after which no further delivery is encoded until the connection has written some of them.
    private static let maxBacklog = 1 << 20

    init(id: ListenerID, endpointURL: String, chunks: AsyncStream<ByteBuffer>.Continuation) {
        self.id = id
        self.endpointURL = endpointURL
        self.chunks = chunks
    }

    /// Whether the connection has written everything.
    var isIdle: Bool { backlog == 0 }

    mutating func add(_ attempt: Waiting, number: Int) {
        waiting[number] = attempt
        unsent.append(number)
        sendUnsent()
    }

    /// Records that the connection has written a number of bytes.
    mutating func acknowledge(_ bytes: Int) {
        backlog -= bytes
        sendUnsent()
    }

    /// Removes an attempt that has ended.
    ///
    /// - Parameter isAbandoned: Whether the listener is informed that its response is not awaited any more.
    mutating func remove(_ number: Int, isAbandoned: Bool) -> Waiting? {
        guard let attempt = waiting.removeValue(forKey: number) else { return nil }
        attempt.timer.cancel()
        if isAbandoned, attempt.isSent {
            send("abandoned") { writer in
                writer.name("number")
                writer.integer(number)
            }
        }
        return attempt
    }

    /// Sends a message as a server-sent event.
    mutating func send(_ event: String, _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        var chunk = ByteBuffer()
        chunk.writeString("event: \(event)\ndata: ")
        chunk.writeBytes(writer.bytes)
        chunk.writeString("\n\n")
        backlog += chunk.readableBytes
        chunks.yield(chunk)
    }

    private mutating func sendUnsent() {
        while backlog < Self.maxBacklog, let number = unsent.popFirst() {
            guard let delivery = waiting[number]?.delivery else { continue }
            waiting[number]?.isSent = true
            send("delivery") { delivery.write(number: number, to: &$0) }
        }
    }
}

extension OutgoingDelivery {
    /// Writes the request of the attempt, without the fields that frame it on a connection.
    fileprivate func write(number: Int, to writer: inout JSONWriter) {
        writer.name("number")
        writer.integer(number)
        writer.name("method")
        writer.string("POST")
        writer.name("path")
        writer.string(endpoint?.target ?? "/")
        writer.name("headers")
        writer.beginArray()
        for header in headers {
            writer.beginArray()
            writer.string(header.name)
            writer.string(header.value)
            writer.endArray()
        }
        writer.endArray()
        writer.name("body")
        writer.string(Data(payload).base64EncodedString())
    }
}
