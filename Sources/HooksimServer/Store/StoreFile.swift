import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A store's file, as far as it can be known without SQLite, which would already write beside it.
enum StoreFile {
    /// Refuses a file that is no store of this program or of a newer one; an empty file and none at all are new stores.
    /// - Throws: ``StoreError``.
    static func checkHeader(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        // SQLite makes a log beside the file, so it is not enough to be able to write the file.
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

    /// SQLite's header, or what there is of it; `nil` when the file can't be read.
    private static func header(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: headerSize)
        let count = read(file, &bytes, headerSize)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    private static let headerSize = 100

    /// Makes a new file that only its owner can read: it has secrets that are sent to receivers.
    ///
    /// SQLite gives the files beside it the same mode.
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
        /// What it was started as, where that can be known.
        let name: String?

        var description: String { "process \(pid)" + (name.map { " (\($0))" } ?? "") }
    }

    /// Who holds SQLite's lock on a file. The kernel knows it, and forgets it when that process ends, however it ends.
    static func owner(of path: String) -> Owner? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        // Where SQLite has its locks: behind the first gigabyte, on 512 bytes that hold no data.
        lock.l_start = 0x4000_0000
        lock.l_len = 512
        guard fcntl(file, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK), lock.l_pid > 0 else { return nil }
        let name = FileManager.default.contents(atPath: "/proc/\(lock.l_pid)/comm")
            .map { String(decoding: $0, as: UTF8.self).filter { !$0.isNewline } }
        return Owner(pid: lock.l_pid, name: name)
    }
}

/// The stores that this process has open.
///
/// To be asked before a file is even looked at: closing a second descriptor of a file takes away all locks that the process has on it,
/// and with them its ownership of the store.
final class StoreClaim: Sendable {
    private struct File: Hashable {
        let device: Int
        let inode: Int
    }

    private static let files = Mutex<Set<File>>([])
    private let file: File

    /// - Throws: ``StoreError`` when this process has it open already.
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
