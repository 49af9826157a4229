/// A duration in whole milliseconds.
package struct TimeSpan: Sendable, Hashable, Comparable {
    /// The duration in milliseconds.
    package var milliseconds: Int64

    /// Creates a duration from milliseconds.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The duration of no time.
    package static let zero = TimeSpan(milliseconds: 0)
    /// Returns a duration of milliseconds.
    package static func milliseconds(_ count: Int64) -> Self { Self(milliseconds: count) }
    /// Returns a duration of seconds.
    package static func seconds(_ count: Int64) -> Self { Self(milliseconds: count * 1000) }

    /// Returns whether the left duration is shorter.
    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }
}

/// The error of a text that is not a duration, or too long a one.
package struct TimeSpanError: ProblemConvertible, CustomStringConvertible {
    /// The problem of the text.
    package let problem: Problem
    /// Whether the text is a duration that exceeds the limit.
    package var isTooLong = false

    /// The description of the problem.
    package var description: String { problem.description }
}

extension TimeSpan: CustomStringConvertible {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// The maximum of every duration in the program, which keeps all sums of instants far from overflow.
    package static let longest = TimeSpan(milliseconds: 365 * 86_400_000)

    /// Parses a duration such as `200ms`, `5s`, `1.5h` or `1h30m`: one or more numbers, each followed by a unit of `ms
    /// s m h d`.
    ///
    /// Fractions of a millisecond are dropped.
    ///
    /// - Throws: ``TimeSpanError`` if the text is not a duration, or exceeds 365 days.
    package init(_ text: String) throws {
        var total = 0.0
        var rest = Substring(text)
        guard !rest.isEmpty else {
            throw TimeSpanError(problem: .invalid("is empty", expected: "for example 500ms, 5s or 1h30m"))
        }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), number.first != ".", number.last != ".",
                let scale = Self.units.first(where: { $0.name == unit })
            else {
                throw TimeSpanError(
                    problem: .invalid(
                        "is not a duration",
                        expected: "a number and a unit (ms, s, m, h, d), for example 500ms, 5s or 1h30m"))
            }
            total += value * Double(scale.milliseconds)
        }
        guard total <= Double(Self.longest.milliseconds) else {
            throw TimeSpanError(problem: .invalid("is longer than the longest duration, 365d"), isTooLong: true)
        }
        // The small addend makes 1.1s 1100 ms, although the nearest binary fraction is a little less.
        milliseconds = Int64((total + 1e-6).rounded(.down))
    }

    /// The shortest text that ``init(_:)`` parses as this duration, for example `1h30m`, `5s` or `0s`.
    package var description: String {
        guard milliseconds != 0 else { return "0s" }
        var rest = abs(milliseconds)
        var text = milliseconds < 0 ? "-" : ""
        for unit in Self.units where rest >= unit.milliseconds {
            text += "\(rest / unit.milliseconds)\(unit.name)"
            rest %= unit.milliseconds
        }
        return text
    }
}
