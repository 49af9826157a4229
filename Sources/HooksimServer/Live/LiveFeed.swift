import NIOCore
import ServiceLifecycle
import Synchronization
import Webhooks

/// Tells everybody who watches what happens, as it happens.
///
/// Nobody who delivers waits for anybody who watches: messages are gathered for a moment, put together once for all watchers of the same
/// kinds, and handed over. A watcher that does not keep up is dropped, so that what waits for it stays bounded.
final class LiveFeed: Service {
    enum Kind: String, Sendable, CaseIterable {
        /// One attempt that ended.
        case attempt
        /// An event that was made, or whose status changed.
        case event
        /// A call of the simulated API.
        case request
        /// Something else that a page shows: the clock, fault rules, subscriptions, a reset.
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
        /// How many bytes wait for it.
        var backlog = 0
    }

    private struct State {
        var members: [Int: Member] = [:]
        var nextID = 0
        var waiting: [(kind: Kind, text: [UInt8])] = []
        var isGathering = false
    }

    /// How long messages are gathered.
    private static let pause = Duration.milliseconds(40)
    /// How many bytes wait for a watcher before it is dropped: a second or two of the busiest traffic.
    static let longestBacklog = 8 << 20
    private static let heartbeat = Duration.seconds(15)

    private let state = Mutex(State())
    private let hasSubscribersFlag = Atomic(false)

    /// Whether anybody would get a message; without, none need be written.
    var hasSubscribers: Bool { hasSubscribersFlag.load(ordering: .relaxed) }

    /// - Parameter onDrop: called when the watcher does not keep up and gets nothing more.
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

    /// Says that a watcher has got that much.
    func acknowledge(_ bytes: Int, of id: Int) { state.withLock { $0.members[id]?.backlog -= bytes } }

    func leave(_ id: Int) {
        state.withLock { state in
            state.members.removeValue(forKey: id)?.continuation.finish()
            noteWhetherEmpty(state)
        }
    }

    /// - Parameter write: writes the message's JSON object; not called when nobody watches.
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

    /// Says that something changed which has no message of its own.
    func publishState(_ what: String) {
        publish(.state) { writer in
            writer.beginObject()
            writer.name("changed")
            writer.string(what)
            writer.endObject()
        }
    }

    /// Keeps connections from looking dead, and finds those that are.
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

    /// Notes that no message need be written when the last subscriber has gone.
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
