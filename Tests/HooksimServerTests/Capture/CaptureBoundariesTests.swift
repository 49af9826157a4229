import Testing

@testable import HooksimServer

/// Tests of which requests belong to data that was removed while they were in progress.
@Suite struct CaptureBoundariesTests {
    @Test func `a request belongs to the past when everything was removed since it began`() {
        let boundaries = CaptureBoundaries()
        let before = boundaries.begin()
        #expect(!boundaries.isPast(before, clientID: nil) && !boundaries.isPast(before, clientID: "a"))
        boundaries.mark()
        let after = boundaries.begin()
        #expect(boundaries.isPast(before, clientID: nil) && boundaries.isPast(before, clientID: "a"))
        #expect(!boundaries.isPast(after, clientID: nil) && !boundaries.isPast(after, clientID: "a"))
    }

    @Test func `the removal of one client concerns its requests alone`() {
        let boundaries = CaptureBoundaries()
        let before = boundaries.begin()
        boundaries.mark(clientID: "a")
        let after = boundaries.begin()
        #expect(boundaries.isPast(before, clientID: "a"))
        #expect(!boundaries.isPast(before, clientID: "b") && !boundaries.isPast(before, clientID: nil))
        #expect(!boundaries.isPast(after, clientID: "a"))
        boundaries.mark()
        #expect(boundaries.isPast(after, clientID: "a") && boundaries.isPast(after, clientID: nil))
    }

    @Test func `removed clients are kept only while a request may ask for them`() {
        let boundaries = CaptureBoundaries()
        let old = boundaries.begin()
        for number in 0..<1000 { boundaries.mark(clientID: "client-\(number)") }
        #expect((0..<1000).allSatisfy { boundaries.isPast(old, clientID: "client-\($0)") })
        boundaries.end(old)
        for number in 0..<3000 { boundaries.mark(clientID: "other-\(number)") }
        #expect(boundaries.clientCount < 3000)
        #expect(!boundaries.isPast(boundaries.begin(), clientID: "client-1"))
    }
}
