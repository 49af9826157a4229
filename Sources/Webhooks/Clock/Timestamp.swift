/// An instant as whole milliseconds since 1970-01-01T00:00:00Z, the precision of every time in the API.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// The whole milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    /// Creates an instant from the milliseconds since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Returns whether the left instant is earlier.
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// Returns the instant that is later by a duration.
    package static func + (left: Self, right: TimeSpan) -> Self {
        Self(milliseconds: left.milliseconds &+ right.milliseconds)
    }

    /// Returns the duration from the right instant to the left one.
    package static func - (left: Self, right: Self) -> TimeSpan {
        TimeSpan(milliseconds: left.milliseconds &- right.milliseconds)
    }

    /// Returns the days from 1970-01-01 to a proleptic Gregorian date (Howard Hinnant's civil calendar algorithms).
    static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Returns the date of a number of days since 1970-01-01, the inverse of ``days(year:month:day:)``.
    static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch + (monthFromMarch < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

extension Timestamp: CustomStringConvertible {
    /// The instant as RFC 3339 in UTC with milliseconds and `Z`, for example `2025-01-15T12:00:00.000Z` (docs/api.md,
    /// Every endpoint).
    public var description: String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            write(into: buffer)
            return 24
        }
    }

    /// The date in UTC, for example `2025-01-15`.
    package var day: String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            write(into: buffer)
            return 10
        }
    }

    /// The milliseconds of the years 0000 to 9999, since a year has four digits in RFC 3339.
    package static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// Writes the 24 characters of ``description`` into a buffer of at least that size. An instant outside of
    /// ``writable`` is clamped to it.
    package func write(into buffer: UnsafeMutableBufferPointer<UInt8>) {
        let milliseconds = min(max(milliseconds, Self.writable.lowerBound), Self.writable.upperBound)
        let dayLength: Int64 = 86_400_000
        let days = Int((milliseconds >= 0 ? milliseconds : milliseconds - dayLength + 1) / dayLength)
        let rest = UInt32(milliseconds - Int64(days) * dayLength)
        let (year, month, day) = Self.civil(days: days)
        func pair(_ value: UInt32, at index: Int) {
            buffer[index] = UInt8(ascii: "0") + UInt8(value / 10)
            buffer[index + 1] = UInt8(ascii: "0") + UInt8(value % 10)
        }
        pair(UInt32(year) / 100, at: 0)
        pair(UInt32(year) % 100, at: 2)
        pair(UInt32(month), at: 5)
        pair(UInt32(day), at: 8)
        pair(rest / 3_600_000, at: 11)
        pair(rest / 60_000 % 60, at: 14)
        pair(rest / 1000 % 60, at: 17)
        pair(rest % 1000 / 10, at: 20)
        buffer[22] = UInt8(ascii: "0") + UInt8(rest % 10)
        buffer[4] = UInt8(ascii: "-")
        buffer[7] = UInt8(ascii: "-")
        buffer[10] = UInt8(ascii: "T")
        buffer[13] = UInt8(ascii: ":")
        buffer[16] = UInt8(ascii: ":")
        buffer[19] = UInt8(ascii: ".")
        buffer[23] = UInt8(ascii: "Z")
    }
}
