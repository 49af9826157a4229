import Testing
import Webhooks

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_736_942_400_000, "2025-01-15T12:00:00.000Z"),
            (951_782_400_001, "2000-02-29T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `an instant is written in RFC 3339 with milliseconds, and read back`(milliseconds: Int64, text: String) throws
    {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(try Timestamp(iso8601: text).milliseconds == milliseconds)
    }

    @Test(arguments: [
        ("2025-01-15", "2025-01-15T00:00:00.000Z"),
        ("2025-01-15T09:30Z", "2025-01-15T09:30:00.000Z"),
        ("2025-01-15T09:30:00+02:00", "2025-01-15T07:30:00.000Z"),
        ("2025-01-15T09:30:00 02:00", "2025-01-15T07:30:00.000Z"),
        ("2025-01-15T09:30:00-0530", "2025-01-15T15:00:00.000Z"),
        ("2025-01-15t09:30:00.5z", "2025-01-15T09:30:00.500Z"),
        ("2025-01-15T09:30:00.123456789Z", "2025-01-15T09:30:00.123Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"),
    ])
    func `every accepted form of a date is understood`(text: String, instant: String) throws {
        #expect(try Timestamp(iso8601: text).description == instant)
    }

    @Test(arguments: [
        "", "2026-02-30", "2025-02-29", "2025-13-01", "2025-00-10", "2025-01-32", "2025-1-5", "2025-01-15T24:00:00Z",
        "2025-01-15T12:60:00Z", "2025-01-15T12:00:61Z", "2025-01-15T12:00:00", "2025-01-15T12:00:00Zjunk",
        "2025-01-15 junk",
        "2025-01-15T", "2025-01-15T12Z", "2025-01-15T12:00:00.Z", "2025-01-15T12:00:00+25:00", "yesterday",
        "２０２５-01-15",
        "2025-01-15T12:00:00.1234567890Z", "+2025-01-15",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59.999-00:01",
    ])
    func `what is no date is refused`(text: String) {
        #expect(throws: TimestampError.self) { try Timestamp(iso8601: text) }
    }

    @Test(
        arguments: [
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"), (.min, "0000-01-01T00:00:00.000Z"),
            (.max, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func `an instant in no year of four digits is written as the nearest one that is`(milliseconds: Int64, text: String)
    {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }
}

@Suite struct TimeSpanTests {
    @Test(
        arguments: [
            ("0s", 0, "0s"), ("200ms", 200, "200ms"), ("5s", 5000, "5s"), ("90m", 5_400_000, "1h30m"),
            ("1.5h", 5_400_000, "1h30m"),
            ("1h30m", 5_400_000, "1h30m"), ("2d", 172_800_000, "2d"), ("1.1s", 1100, "1s100ms"),
            ("365d", 31_536_000_000, "365d"),
        ] as [(String, Int64, String)])
    func `a duration is read and written`(text: String, milliseconds: Int64, written: String) throws {
        let span = try TimeSpan(text)
        #expect(span.milliseconds == milliseconds)
        #expect(span.description == written)
        #expect(try TimeSpan(written) == span)
    }

    @Test(arguments: ["", "5", "s", "-5s", "5 s", "5x", ".5s", "5.s", "1e3s", "366d", "99999999999d", "∞s", "1..5s"])
    func `what is no duration is refused`(text: String) {
        #expect(throws: TimeSpanError.self) { try TimeSpan(text) }
    }
}

@Suite struct SimulatedClockTests {
    @Test func `a frozen clock does not move until it is set, and runs on from there`() {
        let start = Timestamp(milliseconds: 1_736_942_400_000)
        let clock = SimulatedClock(frozenAt: start)
        #expect(clock.now == start)
        clock.freeze(at: start + .seconds(90))
        #expect(clock.now == start + .seconds(90))
        #expect(clock.mode == .frozen)
        clock.resume()
        #expect(clock.mode == .real)
        #expect(clock.now >= start + .seconds(90))
        #expect(clock.now < start + .seconds(90 + 3600))
    }

    @Test func `observers hear of each change`() async {
        let clock = SimulatedClock(frozenAt: Timestamp(milliseconds: 0))
        await confirmation(expectedCount: 2) { heard in
            clock.observe { heard() }
            clock.freeze(at: Timestamp(milliseconds: 5))
            clock.resume()
        }
    }
}
