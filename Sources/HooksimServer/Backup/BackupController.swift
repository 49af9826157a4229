import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import SQLite
import Webhooks

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// `GET /__admin/backup`: a whole copy of the store as it is now, while the simulator runs.
///
/// The bytes are sent to whoever asks, and written where that one says: a path in the request would let a caller write anywhere.
struct BackupController: Sendable {
    let store: Store
    /// The store's path, or `:memory:`.
    let storePath: String

    private static let chunk = 256 << 10

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/backup", "getBackup") { _, _ in try await response() }
    }

    private func response() async throws -> Response {
        let file = try await copy()
        let size = Int(lseek(file.descriptor, 0, SEEK_END))
        lseek(file.descriptor, 0, SEEK_SET)
        let body = ResponseBody(contentLength: size) { writer in
            while true {
                let part = try await NIOThreadPool.singleton.runIfActive { file.read(atMost: Self.chunk) }
                if part.readableBytes == 0 { break }
                try await writer.write(part)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/vnd.sqlite3"], body: body)
    }

    /// An open file that has no name any more, so that nothing is left of it however the transfer ends.
    private func copy() async throws -> OpenFile {
        // Beside the store, where there is room for one already, and the same rules about who may read.
        let folder =
            storePath == ":memory:"
            ? FileManager.default.temporaryDirectory : URL(fileURLWithPath: storePath).deletingLastPathComponent()
        let path = folder.appendingPathComponent(".hooksim-backup-\(UUID().uuidString)").path
        defer { unlink(path) }
        try StoreFile.makePrivate(path)
        try await store.copy(to: path)
        guard let file = OpenFile(path) else {
            throw SQLiteError(code: 14, message: "the copy can't be read: \(String(cString: strerror(errno)))")
        }
        return file
    }
}

/// A file that is closed when nobody needs it any more.
private final class OpenFile: Sendable {
    let descriptor: Int32

    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func read(atMost count: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            max(0, Glibc.read(descriptor, bytes.baseAddress, count))
        }
        return buffer
    }
}
