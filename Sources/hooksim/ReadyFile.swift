import class Foundation.Thread

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file that gets the ready line, for programs that wait for it. It may be a named pipe.
struct ReadyFile {
    private let path: String
    private let identity: FileStatus.Identity?

    /// Writes the line.
    ///
    /// - Throws: ``CommandFailure`` that names the file.
    init(path: String, line: String) throws {
        self.path = path
        let text = line + "\n"
        guard FileStatus(ofPath: path)?.isNamedPipe == true else {
            identity = try OutputFile.write(text, to: path)
            return
        }
        identity = nil
        // A named pipe can be opened only once it has a reader, for which the simulator must not wait.
        Thread.detachNewThread {
            do {
                try OutputFile.write(text, to: path)
            } catch {
                Terminal.error("\(error)")
            }
        }
    }

    /// Removes the file at the end, unless another program has replaced it meanwhile.
    func remove() {
        if let identity, identity == FileStatus(ofPath: path)?.identity { unlink(path) }
    }
}
