import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The one clock that every "now", timer, expiry and backoff asks: it runs, or stands still until it is moved.
package final class SimulatedClock: Sendable {
    package enum Mode: String, Sendable {
        case real, frozen
    }

    /// Tells one setting of the clock from the next: it changes whenever the clock is frozen, resumed or restored.
    package struct Setting: Sendable, Equatable {
        fileprivate var number: UInt64
    }

    private struct State {
        var mode: Mode
        /// Frozen: the instant. Running: what is added to the machine's time.
        var milliseconds: Int64
        var setting = Setting(number: 0)
        var observers: [@Sendable () -> Void] = []
        var sleepers: [UInt64: Timestamp] = [:]
        var lastSleeper: UInt64 = 0
    }

    private let state: Mutex<State>
    private let moved = ChangeSignal()

    /// A running clock on the machine's time, or one frozen at `instant`.
    package init(frozenAt instant: Timestamp? = nil) {
        state = Mutex(State(mode: instant == nil ? .real : .frozen, milliseconds: instant?.milliseconds ?? 0))
    }

    package var now: Timestamp { read().now }

    package var mode: Mode { state.withLock { $0.mode } }

    /// The mode and the instant, read together.
    package func read() -> (mode: Mode, now: Timestamp) {
        state.withLock { ($0.mode, Self.now(of: $0)) }
    }

    /// The setting of now.
    package var setting: Setting { state.withLock { $0.setting } }

    /// Stands still, at `instant` or where it is.
    package func freeze(at instant: Timestamp? = nil) {
        change { state in
            state.milliseconds = (instant ?? Self.now(of: state)).milliseconds
            state.mode = .frozen
        }
    }

    /// Moves the frozen clock on; an instant before the present one leaves it where it is.
    ///
    /// - Returns: `false` when it was set since, or runs; then it was not moved.
    package func advance(to instant: Timestamp, since setting: Setting) -> Bool {
        let observers = state.withLock { state -> [@Sendable () -> Void]? in
            guard state.mode == .frozen, state.setting == setting else { return nil }
            state.milliseconds = max(state.milliseconds, instant.milliseconds)
            return state.observers
        }
        guard let observers else { return false }
        notify(observers)
        return true
    }

    /// Runs on from `instant`, or from where it stands, so that time never jumps back by itself.
    package func resume(from instant: Timestamp? = nil) {
        change { state in
            let start = instant ?? Self.now(of: state)
            state.milliseconds = start.milliseconds - Self.machineTime()
            state.mode = .real
        }
    }

    /// Returns to how it was started: frozen at `instant`, or running on the machine's time.
    package func restore(_ instant: Timestamp?) {
        change { state in
            state.mode = instant == nil ? .real : .frozen
            state.milliseconds = instant?.milliseconds ?? 0
        }
    }

    /// Returns the instant at which ``restore(_:)`` would put the clock now.
    package static func now(restoredTo instant: Timestamp?) -> Timestamp {
        instant ?? Timestamp(milliseconds: machineTime())
    }

    /// Calls `observer` after each change of mode or instant made through this type, on the thread that made it.
    package func observe(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    private func change(_ body: (inout State) -> Void) {
        let observers = state.withLock { state in
            body(&state)
            state.setting.number += 1
            return state.observers
        }
        notify(observers)
    }

    private func notify(_ observers: [@Sendable () -> Void]) {
        for observer in observers { observer() }
        moved.notify()
    }

    /// Sleeps until the clock, running or moved, has gone that far; or until the task is cancelled.
    package func sleep(for span: TimeSpan) async {
        let (id, due) = state.withLock { state in
            state.lastSleeper += 1
            let due = Self.now(of: state) + span
            state.sleepers[state.lastSleeper] = due
            return (state.lastSleeper, due)
        }
        defer { state.withLock { _ = $0.sleepers.removeValue(forKey: id) } }
        while !Task.isCancelled {
            let version = moved.version
            let (mode, now) = read()
            if now >= due { return }
            switch mode {
            case .frozen: await moved.wait(after: version)
            case .real: await moved.wait(after: version, for: .milliseconds((due - now).milliseconds))
            }
        }
    }

    /// The next instant at which a sleeper wakes.
    package var nextWake: Timestamp? {
        state.withLock { state in
            let now = Self.now(of: state)
            return state.sleepers.values.filter { $0 > now }.min()
        }
    }

    private static func now(of state: State) -> Timestamp {
        Timestamp(milliseconds: state.mode == .frozen ? state.milliseconds : state.milliseconds + machineTime())
    }

    private static func machineTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
