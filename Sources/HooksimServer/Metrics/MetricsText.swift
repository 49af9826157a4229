/// A builder of the text format of Prometheus, version 0.0.4.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    enum Kind: String { case counter, gauge, histogram }

    /// Describes the metric of the samples that follow; each name must be described once.
    mutating func describe(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ value: some CustomStringConvertible, _ labels: [(String, String)] = []) {
        text += name
        if !labels.isEmpty { text += "{\(labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ","))}" }
        text += " \(value)\n"
    }

    /// Writes a metric with a single sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some CustomStringConvertible) {
        describe(name, kind, help)
        sample(name, value)
    }

    mutating func histogram(_ name: String, _ histogram: Histogram, _ labels: [(String, String)] = []) {
        var total = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bound = index < Histogram.bounds.count ? Self.seconds(Histogram.bounds[index]) : "+Inf"
            sample("\(name)_bucket", total, labels + [("le", bound)])
        }
        sample("\(name)_sum", Self.seconds(histogram.sum), labels)
        sample("\(name)_count", total, labels)
    }

    private static func seconds(_ microseconds: Int) -> String { "\(Double(microseconds) / 1_000_000)" }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
