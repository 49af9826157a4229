import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Statistics of this process from the system; `nil` if the system does not provide them.
struct ProcessFigures {
    let residentMemoryBytes: Int
    let openFiles: Int

    init?() {
        guard let status = FileManager.default.contents(atPath: "/proc/self/statm"),
            let pages = String(decoding: status, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap({
                Int($0)
            }),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        else { return nil }
        residentMemoryBytes = pages * sysconf(Int32(_SC_PAGESIZE))
        // The listing itself used one descriptor.
        openFiles = files.count - 1
    }
}
