package import StrictJSON

/// The fault rules in force, in their order, and the number of matches and hits of each.
package struct FaultPlan: Sendable {
    /// A rule in force.
    package struct Entry: Sendable {
        /// The rule's id.
        package let id: String
        /// The number of the rule since the start, which is a key of its random numbers.
        let number: UInt64
        /// The rule.
        package let rule: FaultRule
        let expiresAt: Timestamp?
        /// The number of requests or deliveries that the rule has matched.
        package fileprivate(set) var matches = 0
        /// The number of matches to which the rule was applied.
        package fileprivate(set) var hits = 0

        /// The rule as it was given, with its id, its matches and its hits.
        package var json: JSONObject {
            var json = JSONObject([("id", .string(id))])
            for member in rule.source.members { json[member.name] = member.value }
            json["matches"] = .number(matches)
            json["hits"] = .number(hits)
            return json
        }
    }

    /// The application of a rule to one request or delivery.
    package struct Hit: Sendable {
        /// The rule's id.
        package let ruleID: String
        /// The effect of the rule.
        package let effect: FaultRule.Effect
        /// The generator of the effect's own random numbers, for example the duration of a delay or the index of a
        /// corrupted byte.
        package var generator: SeededGenerator
    }

    /// The rules in force, in the order in which they are tried.
    package private(set) var entries: [Entry] = []
    private var added: UInt64 = 0

    /// Creates a plan without rules.
    package init() {}

    /// Adds a rule behind those in force, and returns it with its id.
    package mutating func add(_ rule: FaultRule, at now: Timestamp) -> Entry {
        added += 1
        let entry = Entry(id: "f\(added)", number: added, rule: rule, expiresAt: rule.lifetime.map { now + $0 })
        entries.append(entry)
        return entry
    }

    /// Removes a rule, and returns whether it was in force.
    package mutating func remove(id: String) -> Bool {
        let count = entries.count
        entries.removeAll { $0.id == id }
        return entries.count < count
    }

    /// Removes all rules.
    package mutating func removeAll() { entries = [] }

    /// Returns the first rule that hits a request. Its random numbers are keyed by rule and match, so the same requests
    /// get the same faults.
    package mutating func hit(_ request: FaultableRequest, at now: Timestamp, random: RandomSource) -> Hit? {
        hit(at: now, matching: { $0.matches(request) }) { entry in
            random.stream(.fault, entry.number, UInt64(entry.matches))
        }
    }

    /// Returns the first rule that hits a delivery. Its random numbers are keyed by rule, ticket and attempt, so they
    /// do not depend on concurrent deliveries.
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
