import Testing
import Webhooks

@testable import HooksimClient

/// Tests that the client has a member for each setting and value of the simulator.
@Suite struct KnownMembersTests {
    @Test func `the client reads and writes every setting`() throws {
        var settings = Settings()
        settings.rateLimit = 7
        settings.autoDisableThreshold = 8
        let read = try SimulatorSettings(ResponseFields(.object(settings.json)))
        #expect(read.json == settings.json)
    }

    @Test func `server-sent events are found wherever the bytes are divided`() {
        let text = Array("retry: 1\n: a comment\n\nevent: state\ndata: {\"a\":1}\n\nevent: event\ndata: {}\n\n".utf8)
        let expected = [
            ServerSentEventParser.Event(type: "state", data: Array(#"{"a":1}"#.utf8)),
            ServerSentEventParser.Event(type: "event", data: Array("{}".utf8)),
        ]
        for first in text.indices {
            for second in first..<text.count {
                var parser = ServerSentEventParser()
                let parts = [text[..<first], text[first..<second], text[second...]]
                #expect(parts.flatMap { parser.receive($0) } == expected, "\(first), \(second)")
            }
        }
    }

    @Test func `a member that is missing or of another type is named`() throws {
        let request = APIRequest(.get, "/__admin/clock")
        let error = #expect(throws: HooksimError.self) {
            try RequestSender.read(["mode": "real", "now": 5], of: request) { try ClockReading($0) }
        }
        #expect(
            error
                == .unexpectedResponse(
                    request: "GET /__admin/clock", problem: "now of the body must be an instant"))
    }
}
