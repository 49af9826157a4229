import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file whose path is an argument of a command: a path, also of a pipe, or `-` for standard input.
struct InputFile {
    /// The name of the file in messages.
    let name: String
    let bytes: [UInt8]

    /// The maximum size, that of the largest recording.
    private static let maxBytes = 128 << 20

    /// The paths that systems have for standard input. It is read by its descriptor, because opening one of these fails
    /// for a socket.
    private static let standardInputPaths: Set = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"]
    private static let readsOfStandardInput = Atomic(0)

    /// Reads a file until its end.
    ///
    /// - Throws: ``CommandFailure`` that says why the file can't be read.
    init(path: String) throws {
        guard !Self.standardInputPaths.contains(path) else {
            name = "standard input"
            guard Self.readsOfStandardInput.wrappingAdd(1, ordering: .relaxed).oldValue == 0 else {
                throw CommandFailure(
                    description: "standard input can be read only once; name a file instead", status: 2)
            }
            bytes = try Self.read(STDIN_FILENO, name)
            return
        }
        name = path
        guard !path.isEmpty else { throw CommandFailure(description: "the path of a file is empty", status: 2) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(description: "\(path) can't be read: \(systemReason(errno))", status: 2)
        }
        defer { close(descriptor) }
        bytes = try Self.read(descriptor, path)
    }

    private static func read(_ descriptor: Int32, _ name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = part.withUnsafeMutableBytes { systemRead(descriptor, $0) }
            if count > 0 {
                bytes += part[..<count]
                guard bytes.count <= maxBytes else {
                    throw CommandFailure(description: "\(name) is larger than \(maxBytes >> 20) MiB", status: 2)
                }
            } else if count == 0 {
                return bytes
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                var readable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&readable, 1, -1)
            } else if errno != EINTR {
                throw CommandFailure(description: "\(name) can't be read: \(systemReason(errno))", status: 2)
            }
        }
    }

    /// Returns an argument that is a text, or `@` and the path of a file with that text.
    ///
    /// - Throws: ``CommandFailure`` if the file can't be read.
    static func argument(_ text: String) throws -> String {
        guard text.hasPrefix("@") else { return text }
        var content = try InputFile(path: String(text.dropFirst())).text()[...]
        while content.first?.isWhitespace == true { content.removeFirst() }
        while content.last?.isWhitespace == true { content.removeLast() }
        return String(content)
    }

    /// Returns the text of the file without the byte order mark with which editors on Windows begin a file.
    ///
    /// - Throws: ``CommandFailure`` with the line and the column of the first byte that is not UTF-8.
    func text() throws -> String {
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        if let text = String(validating: content, as: UTF8.self) { return text }
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw CommandFailure(description: "\(name):1:1: the text is UTF-16; save it as UTF-8", status: 2)
        }
        let (line, column) = Self.firstInvalidPosition(in: content)
        throw CommandFailure(
            description: "\(name):\(line):\(column): the text is not UTF-8; save it as UTF-8", status: 2)
    }

    private static func firstInvalidPosition(in bytes: ArraySlice<UInt8>) -> (line: Int, column: Int) {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var (line, column) = (1, 1)
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
        }
        return (line, column)
    }
}

/// Reads from a descriptor into a buffer. `read` of the system has the name of a method.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
