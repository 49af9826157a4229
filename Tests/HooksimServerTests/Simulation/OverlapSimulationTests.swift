import FoundationEssentials
import Synchronization
import Testing

/// The simulation of overlapping operations, for a few seeds in each run of the tests; `scripts/simulate` runs
/// thousands, or one again.
@Suite struct OverlapSimulationTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment["HOOKSIM_SIMULATION_\(name)"].flatMap { UInt64($0) }
    }

    private static let seeds = setting("SEEDS") ?? 20
    private static let first = setting("FIRST") ?? 1
    private static let steps = Int(setting("STEPS") ?? 30)
    /// Whether all seeds are run, and the violations counted, or none after the first violation.
    private static let countsAll = setting("COUNT") != nil
    private static let width = 8

    @Test func `no overlap of operations breaks an invariant`() async {
        let work = SeedWork(seeds: Self.first..<Self.first + Self.seeds, stopsAtFirst: !Self.countsAll)
        await withTaskGroup { group in
            for _ in 0..<Self.width {
                group.addTask {
                    while let seed = work.next() {
                        do {
                            try await OverlapSimulation.run(
                                seed: seed, steps: Self.steps, prints: !Self.countsAll)
                        } catch let violation as Violation {
                            work.note(violation)
                        } catch {
                            work.note(Violation(invariant: .noServerError, detail: "\(error)", seed: seed))
                        }
                    }
                }
            }
        }
        let violations = work.violations
        #expect(violations.isEmpty, "\(Self.summary(violations))")
    }

    /// The violations by their invariants, each with the first seeds that show it.
    private static func summary(_ violations: [Violation]) -> String {
        var lines = ["\(violations.count) of \(seeds) seeds; run one again with scripts/simulate --seed SEED"]
        for (invariant, found) in Dictionary(grouping: violations, by: \.invariant).sorted(by: {
            $0.value.count > $1.value.count
        }) {
            lines.append("\(found.count) × \(invariant.rawValue)")
            lines += found.sorted { ($0.step, $0.seed) < ($1.step, $1.seed) }.prefix(4).map { "    \($0)" }
        }
        return lines.joined(separator: "\n")
    }
}

/// The seeds that wait for their turn, and what they found.
private final class SeedWork: Sendable {
    private struct State {
        var next: UInt64
        var violations: [Violation] = []
    }

    private let end: UInt64
    private let stopsAtFirst: Bool
    private let state: Mutex<State>

    init(seeds: Range<UInt64>, stopsAtFirst: Bool) {
        end = seeds.upperBound
        self.stopsAtFirst = stopsAtFirst
        state = Mutex(State(next: seeds.lowerBound))
    }

    var violations: [Violation] { state.withLock { $0.violations } }

    /// Takes the next seed; returns `nil` if none is left, or if the run stops at its first violation and there was one.
    func next() -> UInt64? {
        state.withLock { state in
            guard state.next < end, !stopsAtFirst || state.violations.isEmpty else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func note(_ violation: Violation) { state.withLock { $0.violations.append(violation) } }
}
