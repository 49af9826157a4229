#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The distribution from which the duration of each delay is drawn.
package enum DelayDistribution: Sendable, Equatable {
    /// Every delay has the same duration.
    case fixed(TimeSpan)
    /// Each duration in the range is as likely.
    case uniform(ClosedRange<TimeSpan>)
    /// Most delays are near the median and a few are far longer, as real latencies are; none is longer than `longest`.
    case lognormal(median: TimeSpan, sigma: Double, longest: TimeSpan)

    /// Returns the duration of one delay.
    package func draw(using generator: inout SeededGenerator) -> TimeSpan {
        switch self {
        case .fixed(let span): return span
        case .uniform(let range):
            let width = Double((range.upperBound.milliseconds - range.lowerBound.milliseconds))
            return .milliseconds(range.lowerBound.milliseconds + Int64((width * generator.unit()).rounded()))
        case .lognormal(let median, let sigma, let longest):
            // This is the Box–Muller transform; 1 - unit is never 0, which has no logarithm.
            let normal = (-2 * log(1 - generator.unit())).squareRoot() * cos(2 * Double.pi * generator.unit())
            let wait = Double(median.milliseconds) * exp(sigma * normal)
            return .milliseconds(Int64(min(wait, Double(longest.milliseconds)).rounded()))
        }
    }
}
