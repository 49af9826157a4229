import NIOCore
import ServiceLifecycle
import StrictJSON
import Synchronization

/// Publishes live updates to subscribers.
///
/// Subscribers do not delay deliveries: messages are gathered for a short time, joined once for all subscribers of the
/// same kinds, and sent. A subscriber that does not keep up is disconnected, so that its backlog stays limited.
final class LiveFeed: Service {
    enum Kind: String, Sendable, CaseIterable {
        /// An attempt that has ended.
        case attempt
        /// An event that was created, or whose status changed.
        case event
        /// A request of the simulated API.
        case request
        /// Another change that a page shows: the clock, fault rules, subscriptions, or a reset.
        case state
    }

    struct Subscriber: Sendable {
        let id: Int
        let chunks: AsyncStream<ByteBuffer>
    }

    private struct Member {
        let kinds: Set<Kind>
        let continuation: AsyncStream<ByteBuffer>.Continuation
        let onDrop: @Sendable () -> Void
        /// The number of bytes sent to the subscriber and not acknowledged.
        var backlog = 0
    }

    private struct State {
        var members: [Int: Member] = [:]
        var nextID = 0
        var waiting: [(kind: Kind, text: [UInt8])] = []
        var isGathering = false
    }

    /// The time for which messages are gathered.
    private static let pause = Duration.milliseconds(40)
    /// The maximum backlog of a subscriber in bytes before it is disconnected: a second or two of peak traffic.
    static let longestBacklog = 8 << 20
    private static let heartbeat = Duration.seconds(15)

    private let state = Mutex(State())
    private let hasSubscribersFlag = Atomic(false)

    /// Whether there are subscribers; if not, messages need not be composed.
    var hasSubscribers: Bool { hasSubscribersFlag.load(ordering: .relaxed) }

    /// Adds a subscriber.
    /// - Parameter onDrop: A closure that is called when the subscriber is disconnected because it does not keep up.
    func subscribe(_ kinds: Set<Kind>, onDrop: @escaping @Sendable () -> Void) -> Subscriber {
        let (chunks, continuation) = AsyncStream<ByteBuffer>.makeStream()
        let id = state.withLock { state in
            state.nextID += 1
            state.members[state.nextID] = Member(kinds: kinds, continuation: continuation, onDrop: onDrop)
            hasSubscribersFlag.store(true, ordering: .relaxed)
            return state.nextID
        }
        state.withLock { yield(ByteBuffer(string: "retry: 1000\n: connected\n\n"), to: id, &$0) }
        return Subscriber(id: id, chunks: chunks)
    }

    /// Records that a subscriber has received a number of bytes.
    func acknowledge(_ bytes: Int, of id: Int) { state.withLock { $0.members[id]?.backlog -= bytes } }

    func leave(_ id: Int) {
        state.withLock { state in
            state.members.removeValue(forKey: id)?.continuation.finish()
            noteWhetherEmpty(state)
        }
    }

    /// Publishes a message.
    /// - Parameter write: A closure that writes the JSON object of the message; it is not called if there are no
    ///   subscribers.
    func publish(_ kind: Kind, _ write: (inout JSONWriter) -> Void) {
        guard hasSubscribers else { return }
        var writer = JSONWriter()
        write(&writer)
        let message = Array("event: \(kind.rawValue)\ndata: ".utf8) + writer.bytes + [10, 10]
        let mustStart = state.withLock { state in
            state.waiting.append((kind, message))
            defer { state.isGathering = true }
            return !state.isGathering
        }
        guard mustStart else { return }
        Task {
            try? await Task.sleep(for: Self.pause)
            handOver()
        }
    }

    /// Publishes a change that has no message of its own.
    func publishState(_ what: String) {
        publish(.state) { writer in
            writer.beginObject()
            writer.name("changed")
            writer.string(what)
            writer.endObject()
        }
    }

    /// Sends comments to all subscribers regularly, which keeps idle connections open and detects dead ones.
    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.heartbeat) }
            state.withLock { state in
                for id in state.members.keys { yield(ByteBuffer(string: ": still here\n\n"), to: id, &state) }
            }
        }
    }

    private func handOver() {
        state.withLock { state in
            let messages = state.waiting
            state.waiting = []
            state.isGathering = false
            var chunks: [Set<Kind>: ByteBuffer] = [:]
            for (id, member) in state.members {
                let chunk = chunks[member.kinds] ?? Self.chunk(messages, of: member.kinds)
                chunks[member.kinds] = chunk
                if chunk.readableBytes > 0 { yield(chunk, to: id, &state) }
            }
        }
    }

    private static func chunk(_ messages: [(kind: Kind, text: [UInt8])], of kinds: Set<Kind>) -> ByteBuffer {
        var buffer = ByteBuffer()
        for message in messages where kinds.contains(message.kind) { buffer.writeBytes(message.text) }
        return buffer
    }

    /// Records that there are no subscribers if the last one has left, so that no further messages are composed.
    private func noteWhetherEmpty(_ state: State) {
        if state.members.isEmpty { hasSubscribersFlag.store(false, ordering: .relaxed) }
    }

    private func yield(_ chunk: ByteBuffer, to id: Int, _ state: inout State) {
        guard var member = state.members[id] else { return }
        member.backlog += chunk.readableBytes
        guard member.backlog > Self.longestBacklog else {
            state.members[id] = member
            member.continuation.yield(chunk)
            return
        }
        state.members[id] = nil
        noteWhetherEmpty(state)
        member.continuation.finish()
        member.onDrop()
    }
}
