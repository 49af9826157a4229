import HTTPTypes
import Hummingbird
import NIOCore
import Webhooks

/// Serves `GET /__admin/metrics`: counters and gauges for Prometheus.
struct MetricsController: Sendable {
    let metrics: Metrics
    let store: Store
    let worker: DeliveryWorker
    let clock: SimulatedClock

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/metrics", "getMetrics") { _, _ in try await response() }
    }

    private func response() async throws -> Response {
        let stored = try await store.read { try Stored($0) }
        var text = MetricsText()
        text.describe("hooksim_info", .gauge, "The program; its value is always 1.")
        text.sample("hooksim_info", 1, [("version", HooksimVersion.current)])
        write(metrics.counts, to: &text)
        write(stored, to: &text)
        text.single(
            "hooksim_deliveries_in_flight", .gauge, "Attempts that are claimed and not finished.", worker.inFlight)
        if let process = ProcessFigures() {
            text.single(
                "process_resident_memory_bytes", .gauge, "Resident memory in bytes.", process.residentMemoryBytes)
            text.single("process_open_fds", .gauge, "Open file descriptors.", process.openFiles)
        }
        return Response(
            status: .ok, headers: [.contentType: MetricsText.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text.text)))
    }

    private func write(_ counts: Metrics.Counts, to text: inout MetricsText) {
        let requests = counts.requests.sorted { $0.key < $1.key }
        text.describe(
            "hooksim_requests_total", .counter,
            "Requests by operation and status; status 0 is a connection that a fault cut.")
        for (operation, requests) in requests {
            for (status, count) in requests.statuses.sorted(by: { $0.key < $1.key }) {
                text.sample(
                    "hooksim_requests_total", count, [("operation", operation), ("status", String(status))])
            }
        }
        text.describe(
            "hooksim_request_duration_seconds", .histogram, "From the head of a request to the head of its response.")
        for (operation, requests) in requests {
            text.histogram("hooksim_request_duration_seconds", requests.durations, [("operation", operation)])
        }
        text.describe("hooksim_delivery_attempts_total", .counter, "Attempts that ended.")
        text.sample("hooksim_delivery_attempts_total", counts.delivered, [("outcome", "delivered")])
        text.sample("hooksim_delivery_attempts_total", counts.failed, [("outcome", "failed")])
        text.describe(
            "hooksim_delivery_duration_seconds", .histogram, "From connect to the end of the receiver's response.")
        text.histogram("hooksim_delivery_duration_seconds", counts.attemptDurations)
    }

    private func write(_ stored: Stored, to text: inout MetricsText) {
        text.describe("hooksim_events", .gauge, "Events in the store.")
        for (status, count) in zip(EventStatus.allCases, stored.events) {
            text.sample("hooksim_events", count, [("status", status.rawValue)])
        }
        text.single("hooksim_queue_depth", .gauge, "Events that wait for an attempt or are in one.", stored.pending)
        let age = stored.oldestPending.map { max(0, (clock.now - $0).milliseconds) } ?? 0
        text.single(
            "hooksim_oldest_pending_age_seconds", .gauge,
            "The age of the oldest pending event, by the simulated clock.",
            Double(age) / 1000)
        text.single("hooksim_store_bytes", .gauge, "The store's size without its log.", stored.bytes)
    }
}

/// The values read from the store, at a cost that does not depend on its size.
private struct Stored: Sendable {
    /// The number of events by status, in the order of the statuses.
    var events = [Int](repeating: 0, count: EventStatus.allCases.count)
    var oldestPending: Timestamp?
    let bytes: Int

    var pending: Int { events[EventStatus.allCases.firstIndex(of: .pending)!] }

    init(_ session: StoreSession) throws {
        bytes = try session.size
        for count in try EventCounts.all(session) {
            events[EventStatus.allCases.firstIndex(of: count.status)!] += count.count
        }
        oldestPending = try EventTable.oldestPending(session)
    }
}
