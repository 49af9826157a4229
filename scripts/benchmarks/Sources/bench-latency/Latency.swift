#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Times one request after the other on loopback.
///
///     bench-latency round-trip PORT PATH BODY COUNT   from the POST to its response
///     bench-latency delivery PORT PATH BODY COUNT     from the POST to the delivery that it sets off
///
/// `delivery` is the receiver itself: it prints the port that it listens on and waits for a line on standard input, so that
/// it can be subscribed. Both end with a line of percentiles.
@main
enum Latency {
    /// Between two requests, so that each meets an idle server.
    private static let pauseMicroseconds: UInt32 = 2000

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let port = UInt16(arguments[2]), let count = Int(arguments[5]), count > 0 else {
            throw LatencyError(description: "usage: bench-latency round-trip|delivery PORT PATH BODY COUNT")
        }
        let request = HTTPMessage.post(path: arguments[3], body: arguments[4])
        switch arguments[1] {
        case "round-trip": report(try roundTrips(request, port: port, count: count))
        case "delivery": report(try deliveries(request, port: port, count: count))
        default: throw LatencyError(description: "there is no measurement \(arguments[1])")
        }
    }

    private static func roundTrips(_ request: [UInt8], port: UInt16, count: Int) throws -> [Duration] {
        let server = try Connection(port: port)
        return try (0..<count).map { _ in
            defer { usleep(pauseMicroseconds) }
            let start = ContinuousClock.now
            try server.write(request)
            guard try server.readMessage() else { throw LatencyError(description: "the server closed its connection") }
            return ContinuousClock.now - start
        }
    }

    private static func deliveries(_ request: [UInt8], port: UInt16, count: Int) throws -> [Duration] {
        let receiver = try Receiver()
        say(#"{"port":\#(receiver.port)}"#)
        _ = readLine()
        let server = try Connection(port: port)
        return try (0..<count).map { _ in
            defer { usleep(pauseMicroseconds) }
            let start = ContinuousClock.now
            try server.write(request)
            let arrival = try receiver.nextArrival()
            guard try server.readMessage() else { throw LatencyError(description: "the server closed its connection") }
            return arrival - start
        }
    }

    private static func report(_ durations: [Duration]) {
        let sorted = durations.sorted()
        let percentile = { (share: Double) in
            let duration = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
            return duration / .microseconds(1)
        }
        say(#"{"count":\#(sorted.count),"p50_us":\#(percentile(0.5)),"p99_us":\#(percentile(0.99))}"#)
    }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}

struct LatencyError: Error, CustomStringConvertible {
    let description: String
}
