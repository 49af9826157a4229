import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many deliveries came, and when the first and the last one did, on the machine's monotonic clock.
final class Tally: Sendable {
    private struct State {
        var count = 0
        var first = NIODeadline.uptimeNanoseconds(0)
        var last = NIODeadline.uptimeNanoseconds(0)
    }

    private let state = Mutex(State())

    func countOne() {
        let now = NIODeadline.now()
        state.withLock { state in
            if state.count == 0 { state.first = now }
            state.count += 1
            state.last = now
        }
    }

    func clear() { state.withLock { $0 = State() } }

    var json: String {
        let state = state.withLock { $0 }
        let (first, last) = (state.first.uptimeNanoseconds, state.last.uptimeNanoseconds)
        return #"{"received":\#(state.count),"first_ns":\#(first),"last_ns":\#(last)}"#
    }
}

/// Standard output is a pipe here, which would keep the first line to itself.
func flushOutput() { fflush(nil) }
