import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests that the memory of the request log is bounded, however large the requests are.
@Suite struct RequestLogSizeTests {
    private func log(_ boundaries: CaptureBoundaries) -> RequestLog {
        RequestLog(
            settings: SettingsState(Settings(profile: .sandbox)), boundaries: boundaries,
            feed: LiveFeed())
    }

    private func request(
        _ boundaries: CaptureBoundaries, path: String = "/webhooks", query: String = "", body: JSON? = nil
    )
        -> CapturedRequest
    {
        let now = Timestamp(milliseconds: 0)
        let stamp = boundaries.begin()
        boundaries.end(stamp)
        var request = CapturedRequest(
            operation: .listSubscriptions, method: "GET", path: path, query: query, begin: now, end: now, stamp: stamp)
        request.body = body
        return request
    }

    @Test func `ten thousand requests with queries of 30 KB are kept, without most of their queries`() {
        let boundaries = CaptureBoundaries()
        let log = log(boundaries)
        for _ in 0..<10_000 { log.append(request(boundaries, query: String(repeating: "q", count: 30_000))) }
        let entries = log.entries { _ in true }
        #expect(entries.count == 10_000)
        #expect(log.size <= RequestLog.maxBytes)
        #expect(entries.allSatisfy { $0.query.utf8.count < 2100 && $0.query.hasSuffix("q" + RequestLog.cutMark) })
    }

    @Test func `the oldest are left out when all together are too large`() {
        let boundaries = CaptureBoundaries()
        let log = log(boundaries)
        let long = String(repeating: "x", count: 2000)
        for _ in 0..<10_000 { log.append(request(boundaries, path: "/" + long, query: long, body: .string(long))) }
        let entries = log.entries { _ in true }
        #expect(log.size <= RequestLog.maxBytes)
        #expect((1000..<10_000).contains(entries.count))
        #expect(entries.last?.seq == 10_000 && entries.first?.seq == 10_001 - entries.count)
        log.clear()
        #expect(log.size == 0 && log.entries { _ in true }.isEmpty)
    }

    @Test func `a long text is cut between two characters`() {
        let boundaries = CaptureBoundaries()
        let log = log(boundaries)
        for shift in 0..<4 {
            log.append(
                request(
                    boundaries, query: String(repeating: "a", count: shift) + String(repeating: "\u{1F600}", count: 600)
                ))
        }
        log.append(request(boundaries, query: String(repeating: "a", count: RequestLog.maxTextLength)))
        let queries = log.entries { _ in true }.map(\.query)
        #expect(queries.dropLast().allSatisfy { $0.hasSuffix("\u{1F600}…") && !$0.contains("\u{FFFD}") })
        #expect(queries.last?.utf8.count == RequestLog.maxTextLength)
    }

    @Test func `a long query is shown with a mark where it was cut`() async throws {
        try await withSimulator { client in
            let query = "a=" + String(repeating: "q", count: 30_000)
            #expect(try await client.send(.get, "/webhooks?\(query)").status == 401)
            let row = try await client.send(.get, "/__admin/requests").json["data"]?.array?.first
            let shown = try #require(row?["query"]?.string)
            #expect(shown.hasPrefix("a=qqq") && shown.hasSuffix("…") && shown.utf8.count < 2100)
        }
    }
}
