/// The rules in force, in their order, and how often each has matched and hit.
package struct FaultPlan: Sendable {
    /// A rule that was added.
    package struct Entry: Sendable {
        package let id: String
        /// Counts the rules from the start; its dice are keyed by it.
        let number: UInt64
        package let rule: FaultRule
        let expiresAt: Timestamp?
        package fileprivate(set) var matches = 0
        package fileprivate(set) var hits = 0

        /// The rule as it was given, with its id and what it did so far.
        package var json: JSONObject {
            var json = JSONObject([("id", .string(id))])
            for member in rule.source.members { json[member.name] = member.value }
            json["matches"] = .number(matches)
            json["hits"] = .number(hits)
            return json
        }
    }

    /// A rule that applies to one call or delivery.
    package struct Hit: Sendable {
        package let ruleID: String
        package let effect: FaultRule.Effect
        /// For what the effect itself draws: how long a delay is, which byte is corrupted.
        package var generator: SeededGenerator
    }

    package private(set) var entries: [Entry] = []
    private var added: UInt64 = 0

    package init() {}

    package mutating func add(_ rule: FaultRule, at now: Timestamp) -> Entry {
        added += 1
        let entry = Entry(id: "f\(added)", number: added, rule: rule, expiresAt: rule.lifetime.map { now + $0 })
        entries.append(entry)
        return entry
    }

    /// Returns whether there was such a rule.
    package mutating func remove(id: String) -> Bool {
        let count = entries.count
        entries.removeAll { $0.id == id }
        return entries.count < count
    }

    package mutating func removeAll() { entries = [] }

    /// The first rule that hits a call. Dice are keyed by rule and match, so the same calls meet the same faults.
    package mutating func hit(_ request: FaultableRequest, at now: Timestamp, random: RandomSource) -> Hit? {
        hit(at: now, matching: { $0.matches(request) }) { entry in
            random.stream(.fault, entry.number, UInt64(entry.matches))
        }
    }

    /// The first rule that hits a delivery. Dice are keyed by rule, event and attempt, whatever else is under way.
    package mutating func hit(_ delivery: FaultableDelivery, at now: Timestamp, random: RandomSource) -> Hit? {
        hit(at: now, matching: { $0.matches(delivery) }) { entry in
            random.stream(
                .fault, entry.number, UInt64(truncatingIfNeeded: delivery.ticket),
                UInt64(truncatingIfNeeded: delivery.attempt))
        }
    }

    private mutating func hit(
        at now: Timestamp, matching matches: (FaultRule) -> Bool, generator makeGenerator: (Entry) -> SeededGenerator
    ) -> Hit? {
        entries.removeAll { entry in entry.expiresAt.map { $0 <= now } ?? false }
        for index in entries.indices {
            let rule = entries[index].rule
            guard matches(rule), rule.times.map({ entries[index].hits < $0 }) ?? true else { continue }
            entries[index].matches += 1
            guard entries[index].matches > rule.skip else { continue }
            var generator = makeGenerator(entries[index])
            guard rule.probability >= 1 || generator.unit() < rule.probability else { continue }
            entries[index].hits += 1
            return Hit(ruleID: entries[index].id, effect: rule.effect, generator: generator)
        }
        return nil
    }
}
