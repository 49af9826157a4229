/// A strip chart of the deliveries of the last minute.
enum RateChart {
    private static let height = 80
    private static let width = 10

    /// Returns the chart as SVG, which consists of numbers alone and so needs no escaping.
    static func svg(_ seconds: [DeliveryRates.Second]) -> String {
        let highest = max(1, seconds.map { $0.delivered + $0.failed }.max() ?? 1)
        var bars = ""
        for (index, second) in seconds.enumerated() {
            let failed = second.failed * height / highest
            let delivered = second.delivered * height / highest
            let x = index * width
            if second.delivered > 0 {
                bars += bar("delivered", x: x, y: height - failed - max(1, delivered), height: max(1, delivered))
            }
            if second.failed > 0 { bars += bar("failed", x: x, y: height - max(1, failed), height: max(1, failed)) }
        }
        return """
            <svg class="chart" viewBox="0 0 \(seconds.count * width) \(height)" preserveAspectRatio="none" role="img" \
            aria-label="Deliveries per second over the last minute">\(bars)</svg>
            """
    }

    private static func bar(_ name: String, x: Int, y: Int, height: Int) -> String {
        "<rect class=\"\(name)\" x=\"\(x + 1)\" y=\"\(y)\" width=\"\(width - 2)\" height=\"\(height)\"/>"
    }
}
