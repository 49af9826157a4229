import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Operations on the file of a store without SQLite, which would already write files beside it.
enum StoreFile {
    /// Rejects a file that is not a store of this version or an earlier release. An empty or missing file is a new
    /// store.
    /// - Throws: ``StoreError`` if the file is rejected, or can't be read or written.
    static func checkHeader(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        // SQLite creates a write-ahead log beside the file, so the folder must be writable too.
        for place in [path, folder(of: path)] where access(place, W_OK) != 0 {
            throw StoreError(description: "the store \(path) can't be written: \(String(cString: strerror(errno)))")
        }
        guard let header = header(path) else { throw StoreError(description: "the store \(path) can't be read") }
        guard !header.isEmpty else { return }
        guard header.count == headerSize, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw StoreError(description: "\(path) is not a SQLite database; name another file with --store")
        }
        let number = { (offset: Int) in header[offset..<offset + 4].reduce(Int32(0)) { $0 << 8 | Int32($1) } }
        guard number(68) == Schema.applicationID else {
            throw StoreError(description: "\(path) is the database of another program; name another file with --store")
        }
        guard number(60) >= 0 else {
            throw StoreError(
                description:
                    "\(path) is damaged: no hooksim has a schema \(number(60)); start with a backup of it, or name another file with --store"
            )
        }
        guard number(60) == 0 || number(60) >= Schema.oldestVersion else {
            throw StoreError(
                description:
                    "\(path) was written by a hooksim before its first release (schema \(number(60))), which this one can't read; name another file with --store"
            )
        }
        guard number(60) <= Schema.version else {
            throw StoreError(
                description:
                    "\(path) was written by a newer hooksim (schema \(number(60)), this one knows \(Schema.version)); use that one"
            )
        }
    }

    static func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// Returns the header of the SQLite file, or as much of it as exists; `nil` if the file can't be read.
    private static func header(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: headerSize)
        let count = read(file, &bytes, headerSize)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    private static let headerSize = 100

    /// Creates a new file that only its owner can read, since it contains secrets that are sent to receivers.
    ///
    /// SQLite creates the files beside it with the same mode.
    /// - Throws: ``StoreError`` if the file can't be created; an existing file is no error.
    static func makePrivate(_ path: String) throws {
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file >= 0 {
            close(file)
        } else if errno != EEXIST {
            throw StoreError(description: "the store \(path) can't be created: \(String(cString: strerror(errno)))")
        }
    }

    /// A process that has a store open.
    struct Owner: CustomStringConvertible {
        let pid: pid_t
        /// The name of its program, if it can be determined.
        let name: String?

        var description: String { "process \(pid)" + (name.map { " (\($0))" } ?? "") }
    }

    /// Returns the process that holds SQLite's lock on a file. The kernel releases the lock when that process ends,
    /// even by a crash.
    static func owner(of path: String) -> Owner? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        // SQLite's lock bytes: 512 bytes at an offset of 1 GiB, which hold no data.
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        guard fcntl(file, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK), lock.l_pid > 0 else { return nil }
        let name = FileManager.default.contents(atPath: "/proc/\(lock.l_pid)/comm")
            .map { String(decoding: $0, as: UTF8.self).filter { !$0.isNewline } }
        return Owner(pid: lock.l_pid, name: name)
    }
}

/// The registration of a store that this process has open.
///
/// It must be created before the file is opened in any other way: closing a second descriptor of a file releases all
/// locks that the process holds on it, and with them its ownership of the store.
final class StoreClaim: Sendable {
    private struct File: Hashable {
        let device: Int
        let inode: Int
    }

    private static let files = Mutex<Set<File>>([])
    private let file: File

    /// Registers a store.
    /// - Throws: ``StoreError`` if this process already has it open.
    init(_ path: String) throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let device = attributes?[.systemNumber] as? Int, let inode = attributes?[.systemFileNumber] as? Int else {
            throw StoreError(description: "the store \(path) can't be opened")
        }
        let file = File(device: device, inode: inode)
        guard Self.files.withLock({ $0.insert(file).inserted }) else {
            throw StoreError(description: "the store \(path) is already open in this process; name another file")
        }
        self.file = file
    }

    deinit { _ = Self.files.withLock { $0.remove(file) } }
}
