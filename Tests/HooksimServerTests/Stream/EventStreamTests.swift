import NIOCore
import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct EventStreamTests {
    private static let size = 1 << 16

    private func publish(_ stream: EventStream, _ text: String = String(repeating: "x", count: Self.size)) {
        stream.publishState(text)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a watcher that reads nothing is dropped, and holds no more than its bound`() async throws {
        let stream = EventStream()
        let (drops, dropped) = AsyncStream<Void>.makeStream()
        let watcher = stream.watch([.state]) { dropped.finish() }
        // Enough for the bound, and once more.
        for _ in 0...EventStream.longestBacklog / Self.size { publish(stream) }
        for await _ in drops {}
        #expect(!stream.isWatched, "nobody is left, so nothing is written any more")
        var kept = 0
        for await chunk in watcher.chunks { kept += chunk.readableBytes }
        #expect(kept <= EventStream.longestBacklog)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a watcher that keeps up is never dropped, however much there is`() async throws {
        let stream = EventStream()
        let wasDropped = Atomic(false)
        let watcher = stream.watch([.state]) { wasDropped.store(true, ordering: .relaxed) }
        var got = 0
        for _ in 0..<3 * EventStream.longestBacklog / Self.size {
            publish(stream)
            let wanted = got + Self.size
            for await chunk in watcher.chunks {
                got += chunk.readableBytes
                stream.settle(chunk.readableBytes, of: watcher.id)
                if got >= wanted { break }
            }
            if got > 2 * EventStream.longestBacklog { break }
        }
        #expect(got > 2 * EventStream.longestBacklog && !wasDropped.load(ordering: .relaxed))
    }

    @Test func `nothing is written while nobody watches`() {
        let stream = EventStream()
        stream.publish(.event) { _ in Issue.record("written for nobody") }
        let watcher = stream.watch([.event]) {}
        #expect(stream.isWatched)
        stream.leave(watcher.id)
        stream.publish(.event) { _ in Issue.record("written for nobody") }
        #expect(!stream.isWatched)
    }
}
