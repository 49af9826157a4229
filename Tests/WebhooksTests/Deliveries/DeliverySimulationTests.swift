import Testing

@Suite struct DeliverySimulationTests {
    private static let seeds = 10_000
    private static let steps = 200
    private static let seedsPerCase = 500

    @Test(arguments: 0..<seeds / seedsPerCase)
    func `no seed breaks a promise`(group: Int) throws {
        for seed in group * Self.seedsPerCase..<(group + 1) * Self.seedsPerCase {
            var simulation = DeliverySimulation(seed: UInt64(seed))
            try simulation.run(steps: Self.steps)
        }
    }

    @Test(arguments: PlantedBug.allCases)
    func `every planted bug is caught`(bug: PlantedBug) {
        let caught = (0..<UInt64(100)).contains { seed in
            var simulation = DeliverySimulation(seed: seed, bug: bug)
            do {
                try simulation.run(steps: Self.steps)
                return false
            } catch {
                return true
            }
        }
        #expect(caught, "no promise is broken by: \(bug)")
    }
}
