import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The virtual clock, which all instants, timers, expiries and waits use. It runs in real time, or it is frozen until
/// it is advanced.
package final class SimulatedClock: Sendable {
    /// Whether the clock runs in real time or is frozen.
    package enum Mode: String, Sendable {
        case real, frozen
    }

    /// The identity of one setting of the clock, which changes whenever the clock is frozen, resumed or restored.
    package struct Setting: Sendable, Equatable {
        fileprivate var number: UInt64
    }

    private struct State {
        var mode: Mode
        /// The instant in milliseconds if the clock is frozen, and else the offset from the machine's time.
        var milliseconds: Int64
        var setting = Setting(number: 0)
        var observers: [@Sendable () -> Void] = []
        var sleepers: [UInt64: Timestamp] = [:]
        var lastSleeper: UInt64 = 0
    }

    private let state: Mutex<State>
    private let moved = ChangeSignal()

    /// Creates a clock that is frozen at an instant, or without one a clock that runs on the machine's time.
    package init(frozenAt instant: Timestamp? = nil) {
        state = Mutex(State(mode: instant == nil ? .real : .frozen, milliseconds: instant?.milliseconds ?? 0))
    }

    /// The virtual time.
    package var now: Timestamp { read().now }

    /// The mode of the clock.
    package var mode: Mode { state.withLock { $0.mode } }

    /// Returns the mode and the virtual time of the same moment.
    package func read() -> (mode: Mode, now: Timestamp) {
        state.withLock { ($0.mode, Self.now(of: $0)) }
    }

    /// The current setting of the clock.
    package var setting: Setting { state.withLock { $0.setting } }

    /// Freezes the clock at an instant, or without one at the current virtual time.
    package func freeze(at instant: Timestamp? = nil) {
        change { state in
            state.milliseconds = (instant ?? Self.now(of: state)).milliseconds
            state.mode = .frozen
        }
    }

    /// Advances the frozen clock to an instant. An instant in the past leaves it unchanged.
    ///
    /// - Parameters:
    ///   - instant: the new virtual time.
    ///   - setting: the setting in which the clock must still be.
    /// - Returns: `false` if the clock runs or its setting has changed; then it was not advanced.
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

    /// Resumes the clock from an instant, or without one from the current virtual time, so that time does not jump.
    package func resume(from instant: Timestamp? = nil) {
        change { state in
            let start = instant ?? Self.now(of: state)
            state.milliseconds = start.milliseconds - Self.machineTime()
            state.mode = .real
        }
    }

    /// Restores the mode in which the clock was started: frozen at an instant, or without one running on the machine's
    /// time.
    package func restore(_ instant: Timestamp?) {
        change { state in
            state.mode = instant == nil ? .real : .frozen
            state.milliseconds = instant?.milliseconds ?? 0
        }
    }

    /// Returns the virtual time that ``restore(_:)`` would set at this moment.
    package static func now(restoredTo instant: Timestamp?) -> Timestamp {
        instant ?? Timestamp(milliseconds: machineTime())
    }

    /// Registers an observer, which is called after each change of the mode or the instant through this type, on the
    /// thread of the change.
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

    /// Returns once the clock has advanced by a duration, or the task is cancelled.
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

    /// The next instant at which a sleeping task is due, or `nil` if there is none.
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
