/// A histogram of durations with the buckets of the Prometheus format.
struct Histogram: Sendable {
    /// The upper bounds of the buckets in microseconds, from a fast request to an attempt that times out.
    static let bounds = [
        500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000, 30_000_000,
    ]

    /// The count of each bucket, not cumulative; the last bucket has no upper bound.
    private(set) var counts = [Int](repeating: 0, count: Histogram.bounds.count + 1)
    private(set) var sum = 0

    mutating func add(microseconds: Int) {
        counts[Self.bounds.firstIndex { microseconds <= $0 } ?? Self.bounds.count] += 1
        sum += microseconds
    }
}
