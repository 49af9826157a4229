#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file whose path is an option of a command.
enum OutputFile {
    /// Writes a file: a regular one as a whole, so that no program reads half of it, and with the permissions that it
    /// had; a pipe or a device as it is.
    ///
    /// - Returns: The identity of a regular file; `nil` for another one.
    /// - Throws: ``CommandFailure`` that names the file and the reason.
    @discardableResult
    static func write(_ text: String, to path: String) throws -> FileStatus.Identity? {
        let bytes = Array(text.utf8)
        guard let status = FileStatus(ofPath: path) else {
            // A link to a file that does not exist is kept.
            let isLink = FileStatus(ofPath: path, followsLink: false) != nil
            try isLink ? overwrite(path, bytes) : replace(path, bytes, mode: nil)
            return FileStatus(ofPath: path)?.identity
        }
        guard status.isRegular else {
            try overwrite(path, bytes)
            return nil
        }
        do {
            try replace(target(of: path), bytes, mode: mode_t(status.permissions))
        } catch {
            // The folder may be read-only, or the file may be a mount of its own; it can still be writable.
            try overwrite(path, bytes)
        }
        return FileStatus(ofPath: path)?.identity
    }

    /// Checks that a file can be written, before the work whose result it gets.
    ///
    /// - Throws: ``CommandFailure`` that names the file and the reason.
    static func checkPath(_ path: String) throws {
        let status = FileStatus(ofPath: path)
        if status?.isFolder == true { throw failure(path, EISDIR) }
        if access(path, W_OK) == 0 { return }
        let reason = errno
        // A file that can't be written is replaced, which needs a folder that can.
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard access(folder, W_OK) == 0 else { throw failure(path, status == nil ? errno : reason) }
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
