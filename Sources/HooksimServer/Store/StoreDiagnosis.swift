import FoundationEssentials
import SQLite
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An examination of a store without opening it, for a user who wants to know why it can't be used.
package struct StoreDiagnosis: Sendable {
    /// Facts about the store, as text.
    package var facts: [String] = []
    /// The reasons why the store can't be used, or should be changed before it is.
    package var problems: [String] = []

    /// The version of the SQLite library.
    package static var sqliteVersion: String { Connection.libraryVersion }

    /// Examines a store.
    /// - Parameter path: The path of a file, which need not exist, or `:memory:`.
    package init(path: String) {
        guard path != ":memory:" else {
            facts.append("in memory: gone when the process ends")
            return
        }
        let folder = StoreFile.folder(of: path)
        if access(folder, W_OK | X_OK) != 0 {
            problems.append("the folder \(folder) can't be written: \(String(cString: strerror(errno)))")
        }
        checkSpace(folder)
        guard FileManager.default.fileExists(atPath: path) else {
            facts.append("\(path) is not there yet")
            return
        }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let mode = attributes?[.posixPermissions] as? Int, let size = attributes?[.size] as? Int {
            facts.append("\(path) has \(size) bytes and mode \(String(mode, radix: 8))")
            if mode & 0o077 != 0 {
                problems.append("others can read \(path), and secrets in it; run chmod 600 \(path)")
            }
        }
        if access(path, R_OK | W_OK) != 0 {
            problems.append("\(path) can't be read and written: \(String(cString: strerror(errno)))")
        }
        do {
            try StoreFile.checkHeader(path)
        } catch {
            problems.append("\(error)")
        }
        if let owner = StoreFile.owner(of: path) { facts.append("in use by \(owner)") }
    }

    /// The free space below which a store will soon be unable to accept events.
    private static let leastSpace = 64 << 20

    private mutating func checkSpace(_ folder: String) {
        var space = statvfs()
        guard statvfs(folder, &space) == 0 else { return }
        let free = Int(space.f_bavail) * Int(space.f_frsize)
        facts.append("\(free >> 20) MiB are free in \(folder)")
        if free < Self.leastSpace { problems.append("only \(free >> 20) MiB are free in \(folder)") }
    }
}
