#if !os(Linux)
    import class Foundation.Bundle
#endif

/// The file of the running program.
enum OwnExecutable {
    /// The path with which it can be started again. Linux has one that holds even if the file was moved or replaced.
    static var path: String {
        #if os(Linux)
            "/proc/self/exe"
        #else
            Bundle.main.executablePath ?? CommandLine.arguments[0]
        #endif
    }
}
