#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file whose path is an option of a command.
enum OutputFile {
    /// What tells a file apart from one that has replaced it.
    struct Identity: Equatable {
        private let device: UInt64, number: UInt64

        /// Reads the identity of a file; `nil` if there is none.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, number) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino))
        }
    }

    /// Writes a file: a regular one as a whole, so that no program reads half of it, and with the permissions that it
    /// had; a pipe or a device as it is.
    ///
    /// - Returns: The identity of a regular file; `nil` for another one.
    /// - Throws: ``CommandFailure`` that names the file and the reason.
    @discardableResult
    static func write(_ text: String, to path: String) throws -> Identity? {
        let bytes = Array(text.utf8)
        var status = stat()
        let exists = stat(path, &status) == 0
        guard exists else {
            // A link to a file that does not exist is kept.
            try lstat(path, &status) == 0 ? overwrite(path, bytes) : replace(path, bytes, mode: nil)
            return Identity(path: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            try overwrite(path, bytes)
            return nil
        }
        do {
            try replace(target(of: path), bytes, mode: status.st_mode & 0o7777)
        } catch {
            // The folder may be read-only, or the file may be a mount of its own; it can still be writable.
            try overwrite(path, bytes)
        }
        return Identity(path: path)
    }

    private static func target(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(path, errno) }
        let problem = writeAll(bytes, to: descriptor)
        close(descriptor)
        if let problem { throw failure(path, problem) }
    }

    private static func replace(_ path: String, _ bytes: [UInt8], mode: mode_t?) throws {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let temporary = (parts.dropLast() + [".\(parts.last ?? "").\(getpid()).tmp"]).joined(separator: "/")
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure(path, errno) }
        if let mode { fchmod(descriptor, mode) }
        let problem = writeAll(bytes, to: descriptor)
        close(descriptor)
        guard problem == nil, rename(temporary, path) == 0 else {
            let reason = problem ?? errno
            unlink(temporary)
            throw failure(path, reason)
        }
    }

    private static func failure(_ path: String, _ error: Int32) -> CommandFailure {
        CommandFailure(description: "\(path) can't be written: \(systemReason(error))")
    }
}
