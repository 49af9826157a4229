#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Standard output that accepts no more.
enum OutputError: Error {
    /// The reader has left.
    case closed
    /// The system refuses to write, for a reason such as a full disk.
    case failed(String)
}

/// The standard output of `hooksim listen`, which ends with its reader.
enum ListenOutput {
    /// Writes a whole line, and waits for a reader that is slower.
    ///
    /// - Throws: ``OutputError`` if it can't be written.
    static func line(_ text: String) throws(OutputError) {
        switch Terminal.attempt(text + "\n") {
        case nil: return
        case EPIPE: throw .closed
        case let error?: throw .failed(systemReason(error))
        }
    }

    /// Whether the reader of a pipe has left.
    static var isClosed: Bool {
        var descriptor = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&descriptor, 1, 0) > 0 && Int32(descriptor.revents) & POLLERR != 0
    }
}
