import FoundationEssentials
import StrictJSON
import Synchronization
import Webhooks

@testable import HooksimServer

/// The simulator under operations that overlap: random ones, drawn by a seed, against the real code.
///
/// What the operations are follows from the seed alone. How they interleave does not: they run on as many threads as there are, so a
/// seed that fails may have to be run some times to fail again.
final class OverlapSimulation: Sendable {
    /// What the operations of a step share; each of them changes it when it ends.
    struct State {
        var ledger = Ledger()
        var clock = Register<ClockValue>()
        var settings = Register<String>()
        /// The operations that are under way, with their tasks.
        var open: [Int: (operation: SimulatedOperation, task: Task<Void, Never>?)] = [:]
        var violation: Violation?
        /// The copy of the store that a crash left, and the time at which it was created.
        var crash: (path: String, span: Span)?
        /// When the store could not be written.
        var fullDisk: [Span] = []
        /// Whether the store could not be written while a scenario ran, which then may not have removed its partner.
        var hasScenarioMetFullDisk = false
        var retries: [Retry] = []
        /// The operations in the order of their ends, to find the cause of a violation.
        var history: [String] = []
        /// When each operation began.
        var starts: [Int: Int] = [:]
        /// By how many milliseconds each advance moves the clock; `nil` where it does not say so.
        var advances: [Int: Int64?] = [:]
        /// Where a reset brings the clock back to.
        var initialClock = OverlapSimulation.start
    }

    /// A retry of failed events, with the events that it must concern by their row numbers, and their rounds then.
    struct Retry: Sendable {
        let number: Int
        let client: String
        let failed: [Int: Int]
        var span: Span
        var outcome = Outcome.underWay
    }

    let seed: UInt64
    let ticker = Ticker()
    let state = Mutex(State())
    /// Notified when an operation ends.
    let progress = ChangeSignal()
    private let folder: URL
    private let worldState: Mutex<SimulatedWorld>
    private let worldCount = Mutex(1)

    static let start = Timestamp(milliseconds: 1_767_600_000_000)
    /// How long nothing may happen before a simulation is given up, in real time.
    private static let patience = Duration.seconds(60)
    /// How long operations that wait for something that the simulation holds back are given before the next step, in real time.
    private static let grace = Duration.milliseconds(4)

    var world: SimulatedWorld { worldState.withLock { $0 } }

    init(seed: UInt64, folder: URL) throws {
        self.seed = seed
        self.folder = folder
        worldState = Mutex(
            try SimulatedWorld(
                path: folder.appendingPathComponent("store-1.db").path, seed: seed, frozenAt: Self.start, clock: ticker)
        )
        state.withLock { state in
            state.clock.learn(ClockValue(isFrozen: true, now: Self.start))
            state.settings.learn(Self.initialSettings)
        }
    }

    static let initialSettings = JSON.object(SimulatedWorld.settings.json).description

    // MARK: Running

    /// Runs one seed to its end.
    ///
    /// - Throws: a ``Violation``.
    ///
    /// - Parameter prints: whether the operations before a violation are printed.
    static func run(seed: UInt64, steps: Int, prints: Bool = false) async throws {
        let folder = SimulationFolder.next()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let simulation = try OverlapSimulation(seed: seed, folder: folder)
        do {
            try await simulation.run(steps: steps)
            await simulation.abandonWorld()
        } catch {
            if prints || (error as? Violation)?.invariant == .ends { simulation.printHistory() }
            await simulation.abandonWorld()
            throw error
        }
    }

    private func printHistory() {
        let (history, open) = state.withLock { ($0.history, $0.open.values.map { "under way: \($0.operation)" }) }
        print((history + open).joined(separator: "\n"))
        let worker = world.parts.delivery.worker
        print(world.log.text)
        print("held by the sender: \(world.sender.heldCount)")
        print("in flight: \(worker.inFlight), next due: \(worker.nextDue.map { "\($0)" } ?? "never")")
    }

    private func run(steps: Int) async throws {
        var source = OperationSource(seed: seed)
        var checker = InvariantChecker(self)
        var step = 0
        do {
            while step < steps {
                step += 1
                let now = world.parts.delivery.worker.clock.now
                state.withLock { $0.history.append("step \(step) at \(now)") }
                let operations = source.step(state.withLock { $0.ledger }, at: now)
                letThrough(using: &source)
                for operation in operations { start(operation, knowing: checker.last) }
                try await waitUntilStill()
                try await reopenAfterCrash(&checker)
                try await checker.check(isThorough: step % 5 == 0)
            }
            step += 1
            try await finish(&checker)
        } catch var violation as Violation {
            violation.seed = seed
            violation.step = step
            throw violation
        }
    }

    /// Opens some gates, and has the sender respond to some attempts.
    private func letThrough(using source: inout OperationSource) {
        let gates = state.withLock { $0.open.values.compactMap { $0.operation.gate } }
        for gate in gates where source.number(0...2) == 0 { gate.open() }
        switch source.number(0...3) {
        case 0: world.sender.release()
        case 1: world.sender.release(source.number(1...2))
        default: break
        }
        let waiting = state.withLock { $0.open.values.filter { $0.operation.waitsForever } }
        for open in waiting where source.number(0...2) == 0 { open.task?.cancel() }
    }

    private func start(_ operation: SimulatedOperation, knowing stored: StoredState?) {
        let span = Span(start: ticker.next())
        let world = world
        state.withLock { state in
            state.open[operation.number] = (operation, nil)
            state.begin(operation, at: span.start, knowing: stored)
        }
        let task = Task {
            await perform(operation, in: world)
            state.withLock { _ = $0.open.removeValue(forKey: operation.number) }
            progress.notify()
        }
        state.withLock { $0.open[operation.number]?.task = task }
        if operation.isAbandoned {
            Task {
                try? await Task.sleep(for: .milliseconds(Int(seed % 5)))
                task.cancel()
            }
        }
    }

    // MARK: Waiting

    /// Waits until all operations have ended but those that wait for what the simulation holds back.
    ///
    /// - Parameter isFinal: whether nothing is held back any more, so that all of them end.
    private func waitUntilStill(isFinal: Bool = false) async throws {
        let start = ContinuousClock.now
        while true {
            let version = progress.version
            let (open, isCrashed) = state.withLock { state -> ([SimulatedOperation], Bool) in
                (state.open.values.map { $0.operation }, state.crash != nil)
            }
            if open.isEmpty || isCrashed { break }
            let isHeld = world.sender.heldCount > 0
            let isWaiting =
                !isFinal
                && open.allSatisfy {
                    !$0.isCrash && (isHeld || $0.waitsForever || $0.gate?.hasStopped == true)
                }
            let limit = isWaiting ? Self.grace : Self.patience
            let elapsed = ContinuousClock.now - start
            if elapsed >= limit {
                guard !isWaiting else { break }
                throw Violation(invariant: .ends, detail: "still under way: \(open.map { "\($0.number) \($0.name)" })")
            }
            await progress.wait(after: version, for: min(limit - elapsed, isHeld ? limit : .milliseconds(20)))
        }
        if let violation = state.withLock({ $0.violation }) { throw violation }
    }

    // MARK: Crashes

    /// Where the files of the next world go.
    func nextStorePath() -> String {
        let number = worldCount.withLock { count in
            count += 1
            return count
        }
        return folder.appendingPathComponent("store-\(number).db").path
    }

    /// Ends a world as a kill does: no client gets a response any more, and its files are left as they were copied.
    private func abandonWorld() async {
        let old = world
        old.sender.die()
        let tasks = state.withLock { state in
            for (_, open) in state.open { open.task?.cancel() }
            return state.open.values.compactMap { $0.task }
        }
        for task in tasks {
            old.sender.die()
            await task.value
        }
        await old.stop()
    }

    private func reopenAfterCrash(_ checker: inout InvariantChecker) async throws {
        guard let crash = state.withLock({ $0.crash }) else { return }
        state.withLock { $0.history.append("crash at \(crash.span.start)–\(crash.span.end)") }
        await abandonWorld()
        let clock = state.withLock { $0.clock.known?.now } ?? Self.start
        let next = try SimulatedWorld(path: crash.path, seed: seed, frozenAt: clock, clock: ticker)
        worldState.withLock { $0 = next }
        state.withLock { state in
            state.ledger.crash(crash.span)
            for index in state.retries.indices where state.retries[index].span.end > crash.span.start {
                state.retries[index].outcome = .unknown
                state.retries[index].span.end = crash.span.end
            }
            state.clock.learn(ClockValue(isFrozen: true, now: clock))
            state.settings.learn(Self.initialSettings)
            state.initialClock = clock
            state.open = [:]
            state.crash = nil
        }
        checker.noteCrash(frozenAt: clock)
    }

    // MARK: The end

    /// Lets all end, has the receivers well again and moves the clock until nothing is due any more.
    private func finish(_ checker: inout InvariantChecker) async throws {
        world.sender.recover()
        let open = state.withLock { Array($0.open.values) }
        for open in open {
            open.operation.gate?.open()
            if open.operation.waitsForever { open.task?.cancel() }
        }
        try await waitUntilStill(isFinal: true)
        try await checker.check(isThorough: true)
        try await checker.checkEnd()
    }
}

/// The clock as the control API shows it.
struct ClockValue: Sendable, Equatable {
    var isFrozen: Bool
    /// `nil` where it runs.
    var now: Timestamp?
}

/// Folders for stores, in memory where the system has such a place: the simulation copies files, it does not pull the plug.
enum SimulationFolder {
    private static let last = Mutex(0)
    private static let root: URL = {
        let memory = URL(fileURLWithPath: "/dev/shm")
        let isThere = FileManager.default.isWritableFile(atPath: memory.path)
        return (isThere ? memory : FileManager.default.temporaryDirectory)
            .appendingPathComponent("hooksim-simulation-\(UUID().uuidString)")
    }()

    static func next() -> URL {
        let number = last.withLock { last in
            last += 1
            return last
        }
        return root.appendingPathComponent("\(number)")
    }
}
