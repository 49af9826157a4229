/// The error of a text that is not an instant; the description completes the sentence "`from_date` …".
public struct TimestampError: Error, CustomStringConvertible {
    /// The reason, for people.
    public let description: String
    /// Whether the text does not have the form of an instant.
    package var isMisshapen = false
}

extension Timestamp {
    /// Parses an ISO 8601 date, or a date and time with `Z` or an offset, and nothing else.
    ///
    /// Foundation's parsers accept `2026-02-30`, `24:00` and trailing text, so the grammar is implemented here. A date
    /// alone is its midnight in UTC. A space in the place of the offset's `+` is accepted, because a form decoder
    /// replaces the `+` (docs/api.md, GET /webhooks/events).
    ///
    /// - Throws: ``TimestampError`` if the text is not an instant of the years 0000 to 9999.
    public init(iso8601 text: String) throws {
        var scanner = Scanner(text)
        let year = try scanner.number(digits: 4, "year")
        try scanner.expect("-")
        let month = try scanner.number(digits: 2, in: 1...12, "month")
        try scanner.expect("-")
        let day = try scanner.number(digits: 2, in: 1...31, "day")
        guard day <= Self.daysInMonth(year: year, month: month) else {
            throw TimestampError(description: "names a day that month \(month) of \(year) does not have")
        }
        var seconds = Int64(Self.days(year: year, month: month, day: day)) * 86_400
        var fraction: Int64 = 0
        if !scanner.isAtEnd {
            try scanner.expect("T", or: "t")
            seconds += Int64(try scanner.number(digits: 2, in: 0...23, "hour")) * 3600
            try scanner.expect(":")
            seconds += Int64(try scanner.number(digits: 2, in: 0...59, "minute")) * 60
            if scanner.take(":") {
                seconds += Int64(try scanner.number(digits: 2, in: 0...59, "second"))
                if scanner.take(".") { fraction = try scanner.milliseconds() }
            }
            seconds -= try scanner.offset()
        }
        guard scanner.isAtEnd else { throw TimestampError(description: "has text after the time") }
        self.init(milliseconds: seconds * 1000 + fraction)
        // An offset can lead to a year that does not have four digits.
        guard Self.writable.contains(milliseconds) else {
            throw TimestampError(description: "is outside the years 0000 to 9999")
        }
    }

    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = Substring(text).utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        mutating func expect(_ character: Unicode.Scalar, or other: Unicode.Scalar? = nil) throws {
            if take(character) { return }
            if let other, take(other) { return }
            throw TimestampError(
                description: "must look like 2025-01-15 or 2025-01-15T09:30:00Z: '\(character)' is missing",
                isMisshapen: true)
        }

        mutating func number(digits: Int, in range: ClosedRange<Int> = 0...9999, _ name: String) throws -> Int {
            var value = 0
            for _ in 0..<digits {
                guard let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else {
                    throw TimestampError(
                        description:
                            "must look like 2025-01-15 or 2025-01-15T09:30:00Z: the \(name) needs \(digits) digits",
                        isMisshapen: true)
                }
                value = value * 10 + Int(digit - UInt8(ascii: "0"))
                rest.removeFirst()
            }
            guard range.contains(value) else {
                throw TimestampError(
                    description: "has a \(name) of \(value), outside \(range.lowerBound)…\(range.upperBound)")
            }
            return value
        }

        /// Parses one to nine digits after the point; fractions of a millisecond are dropped.
        mutating func milliseconds() throws -> Int64 {
            var value: Int64 = 0
            var count = 0
            while let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
                if count < 3 { value = value * 10 + Int64(digit - UInt8(ascii: "0")) }
                count += 1
                rest.removeFirst()
            }
            guard (1...9).contains(count) else {
                throw TimestampError(description: "needs one to nine digits after the point")
            }
            for _ in count..<max(count, 3) { value *= 10 }
            return value
        }

        mutating func offset() throws -> Int64 {
            if take("Z") || take("z") { return 0 }
            let sign: Int64
            if take("+") || take(" ") {
                sign = 1
            } else if take("-") {
                sign = -1
            } else {
                throw TimestampError(description: "needs Z or an offset such as +02:00 after the time")
            }
            let hours = try number(digits: 2, in: 0...23, "offset's hour")
            _ = take(":")
            let minutes = try number(digits: 2, in: 0...59, "offset's minute")
            return sign * Int64(hours * 3600 + minutes * 60)
        }
    }
}
