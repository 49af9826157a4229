#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// How long a delay takes, each time anew.
package enum DelayDistribution: Sendable, Equatable {
    case fixed(TimeSpan)
    case uniform(ClosedRange<TimeSpan>)
    /// Most waits are near the median and a few far longer, as real latencies are; none is longer than `longest`.
    case lognormal(median: TimeSpan, sigma: Double, longest: TimeSpan)

    package func draw(using generator: inout SeededGenerator) -> TimeSpan {
        switch self {
        case .fixed(let span): return span
        case .uniform(let range):
            let width = Double((range.upperBound.milliseconds - range.lowerBound.milliseconds))
            return .milliseconds(range.lowerBound.milliseconds + Int64((width * generator.unit()).rounded()))
        case .lognormal(let median, let sigma, let longest):
            // Box and Muller; 1 - unit is never 0, whose logarithm is none.
            let normal = (-2 * log(1 - generator.unit())).squareRoot() * cos(2 * Double.pi * generator.unit())
            let wait = Double(median.milliseconds) * exp(sigma * normal)
            return .milliseconds(Int64(min(wait, Double(longest.milliseconds)).rounded()))
        }
    }
}
