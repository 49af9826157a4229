import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import SQLite
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Serves `GET /__admin/backup`: a complete copy of the store at the time of the request.
///
/// The copy is sent in the response, and the client writes it: a path in the request would let a client write to any
/// file.
struct BackupController: Sendable {
    let store: Store
    /// The path of the store, or `:memory:`.
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
                let part = try await NIOThreadPool.singleton.runIfActive { file.part(atMost: Self.chunk) }
                if part.readableBytes == 0 { break }
                try await writer.write(part)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/vnd.sqlite3"], body: body)
    }

    /// Returns an open copy of the store whose file is already unlinked, so that nothing remains on disk after the
    /// transfer.
    private func copy() async throws -> OpenFile {
        // The copy is created in the folder of the store, which has space and the same permissions.
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

/// A file that is closed when the last reference to it is released.
private final class OpenFile: Sendable {
    let descriptor: Int32

    init?(_ path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func part(atMost count: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            max(0, read(descriptor, bytes.baseAddress, count))
        }
        return buffer
    }
}
