#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The type, the permissions, the owner and the identity of a file.
///
/// The structure of the C library is not used, because several modules define it, and which of them it belongs to
/// depends on the order in which the compiler reads the sources.
struct FileStatus {
    /// What tells a file apart from one that has replaced it.
    struct Identity: Equatable {
        fileprivate let device: UInt64
        fileprivate let number: UInt64
    }

    private let status: Stat

    /// Reads the status of a file; `nil` if there is none.
    /// - Parameter followsLink: Whether the status of a symbolic link is that of its target.
    init?(ofPath path: String, followsLink: Bool = true) {
        guard let status = try? Stat(FilePath(path), followTargetSymlink: followsLink) else { return nil }
        self.status = status
    }

    var identity: Identity {
        Identity(
            device: UInt64(truncatingIfNeeded: status.deviceID.rawValue),
            number: UInt64(truncatingIfNeeded: status.inode.rawValue))
    }

    var isRegular: Bool { status.type == .regular }
    var isFolder: Bool { status.type == .directory }
    var isNamedPipe: Bool { status.type == .fifo }

    /// The bits of the mode that `chmod` sets.
    var permissions: UInt32 { UInt32(status.permissions.rawValue) }

    /// The number of the user that owns the file.
    var owner: UInt32 { status.userID.rawValue }
}
