#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes as many of the bytes as the system accepts at once, and returns their number; it is -1 if there is an error.
private func writeSome(of bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int {
    bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}

/// Writes all bytes, and waits for as long as the reader of a non-blocking descriptor accepts none.
///
/// - Returns: The number of the system's error, or `nil` if all bytes are written.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = writeSome(of: rest, to: descriptor)
        if written >= 0 {
            rest = rest.dropFirst(written)
            continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN, EWOULDBLOCK:
            var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&writable, 1, -1)
        default: return errno
        }
    }
    return nil
}

/// Returns the system's words for an error of a file, such as "No space left on device".
func systemReason(_ error: Int32) -> String {
    // A standard stream that was closed before the program started has a descriptor of the other direction.
    error == EBADF ? "it is closed" : String(cString: strerror(error))
}

/// Opens the standard streams that were closed before the program started, such that using one is an error. Otherwise
/// the next file or socket would get its number, and the output would be written to the store.
func reserveStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
        // The system uses the lowest free number, which is this one, because the descriptors are in order.
        _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
}
