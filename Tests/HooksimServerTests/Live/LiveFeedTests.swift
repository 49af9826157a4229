import NIOCore
import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct LiveFeedTests {
    private static let size = 1 << 16

    private func publish(_ feed: LiveFeed, _ text: String = String(repeating: "x", count: Self.size)) {
        feed.publishState(text)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a subscriber that reads nothing is dropped, and holds no more than its bound`() async throws {
        let feed = LiveFeed()
        let (drops, dropped) = AsyncStream<Void>.makeStream()
        let subscriber = feed.subscribe([.state]) { dropped.finish() }
        // Enough for the bound, and once more.
        for _ in 0...LiveFeed.longestBacklog / Self.size { publish(feed) }
        for await _ in drops {}
        #expect(!feed.hasSubscribers, "no subscriber is left, so nothing is written any more")
        var kept = 0
        for await chunk in subscriber.chunks { kept += chunk.readableBytes }
        #expect(kept <= LiveFeed.longestBacklog)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a subscriber that keeps up is never dropped, however much there is`() async throws {
        let feed = LiveFeed()
        let wasDropped = Atomic(false)
        let subscriber = feed.subscribe([.state]) { wasDropped.store(true, ordering: .relaxed) }
        var got = 0
        for _ in 0..<3 * LiveFeed.longestBacklog / Self.size {
            publish(feed)
            let wanted = got + Self.size
            for await chunk in subscriber.chunks {
                got += chunk.readableBytes
                feed.acknowledge(chunk.readableBytes, of: subscriber.id)
                if got >= wanted { break }
            }
            if got > 2 * LiveFeed.longestBacklog { break }
        }
        #expect(got > 2 * LiveFeed.longestBacklog && !wasDropped.load(ordering: .relaxed))
    }

    @Test func `nothing is written while there is no subscriber`() {
        let feed = LiveFeed()
        feed.publish(.event) { _ in Issue.record("written without a subscriber") }
        let subscriber = feed.subscribe([.event]) {}
        #expect(feed.hasSubscribers)
        feed.leave(subscriber.id)
        feed.publish(.event) { _ in Issue.record("written without a subscriber") }
        #expect(!feed.hasSubscribers)
    }
}
