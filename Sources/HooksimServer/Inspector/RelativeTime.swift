import Webhooks

/// A distance in time as text, such as `3 s ago` or `in 5 min`. The script of the pages updates it in the same words.
enum RelativeTime {
    static func text(_ distance: TimeSpan) -> String {
        let seconds = distance.milliseconds / 1000
        let size = abs(seconds)
        let words =
            switch size {
            case 0..<2: "now"
            case 2..<120: "\(size) s"
            case 120..<7200: "\(size / 60) min"
            case 7200..<172_800: "\(size / 3600) h"
            default: "\(size / 86_400) days"
            }
        return words == "now" ? words : seconds < 0 ? "\(words) ago" : "in \(words)"
    }
}
