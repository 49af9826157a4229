/// Parses the `Retry-After` field of a response: seconds, or an HTTP date (RFC 9110, 10.2.3).
package enum RetryAfter {
    /// Returns the wait that a field value asks for, counted from `now` and never negative; `nil` if the value has
    /// neither form.
    package static func parse(_ value: String, now: Timestamp) -> TimeSpan? {
        let text = value.trimmingSpaces()
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // Nine digits are far above the maximum wait that is honoured.
            return .seconds(Int64(text.prefix(9)) ?? 0)
        }
        return date(text).map { max(.zero, $0 - now) }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Parses an IMF-fixdate, the only form that senders must generate: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110,
    /// 5.6.7).
    private static func date(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = number(words[1], digits: 2),
            let month = months.firstIndex(of: String(words[2])), let year = number(words[3], digits: 4)
        else { return nil }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false).map {
            number($0, digits: 2) ?? .max
        }
        guard time.count == 3, (1...Timestamp.daysInMonth(year: year, month: month + 1)).contains(day), time[0] < 24,
            time[1] < 60, time[2] <= 60
        else { return nil }
        let days = Timestamp.days(year: year, month: month + 1, day: day)
        return Timestamp(milliseconds: (Int64(days) * 86_400 + Int64(time[0] * 3600 + time[1] * 60 + time[2])) * 1000)
    }

    /// Parses exactly this many digits; `Int` alone would accept a sign as well.
    private static func number(_ text: Substring, digits: Int) -> Int? {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
