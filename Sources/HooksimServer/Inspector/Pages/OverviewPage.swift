import Hummingbird
import StrictJSON
import Webhooks

/// The overview: counts, the last minute, the latest deliveries, the clock, and the faults in force.
struct OverviewPage: Sendable {
    let frame: InspectorFrame
    let store: Store
    let partners: PartnerRegistry
    let faults: FaultRegistry
    let rates: DeliveryRates

    private static let latest = 12

    func show(_ request: Request) async throws -> Response {
        let (counts, latest) = try await store.read { session in
            (try EventCounts.all(session), try AttemptTable.newest(Self.latest, session))
        }
        let recent = rates.recent
        let delivered = recent.map(\.delivered).reduce(0, +)
        let failed = recent.map(\.failed).reduce(0, +)
        let topics = topics(counts)
        let rules = faults.entries.map { entry -> [String: Any] in
            [
                "id": entry.id, "target": entry.rule.target.rawValue,
                "effect": entry.rule.source["effect"]?.description ?? "", "hits": entry.hits,
            ]
        }
        return frame.render(
            "overview", title: "Overview", request,
            [
                "totals": EventStatus.allCases.map { status -> [String: Any] in
                    [
                        "status": status.rawValue,
                        "count": counts.filter { $0.status == status }.map(\.count).reduce(0, +),
                    ]
                },
                "topics": topics, "hasTopics": !topics.isEmpty, "attempts": latest.map(row),
                "hasAttempts": !latest.isEmpty, "faults": rules, "hasFaults": !rules.isEmpty,
                "allTopics": Topic.allCases.map(\.rawValue), "clients": partners.all.map(\.partner.clientID),
                "chart": RateChart.svg(recent), "isFrozen": frame.clock.read().mode == .frozen,
                "rates": [
                    "delivered": delivered, "failed": failed, "isQuiet": delivered + failed == 0,
                    "most": recent.map { $0.delivered + $0.failed }.max() ?? 0,
                ],
            ])
    }

    private func topics(_ counts: [EventCounts.Count]) -> [[String: Any]] {
        Topic.allCases.compactMap { topic in
            let own = counts.filter { $0.topic == topic }
            guard !own.isEmpty else { return nil }
            var row: [String: Any] = ["topic": topic.rawValue, "pending": 0, "delivered": 0, "failed": 0]
            for count in own { row[count.status.rawValue] = count.count }
            return row
        }
    }

    private func row(_ attempt: StoredAttempt) -> [String: Any] {
        var row: [String: Any] = [
            "event_id": attempt.eventID.description, "topic": attempt.topic.rawValue, "entity_id": attempt.entityID,
            "attempt": attempt.attempt, "outcome": attempt.outcome.rawValue, "time": frame.time(attempt.at),
            "summary": attempt.summary,
        ]
        row["fault"] = attempt.fault
        return row
    }
}
