import ArgumentParser
import HooksimClient
import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a copy of a running simulator's store.",
        discussion: """
            Example: hooksim backup monday.db && hooksim serve --store monday.db
            The copy is the store as it was at one instant, whatever goes on meanwhile, also when it is kept in memory. It has the \
            secrets that are sent to receivers, so only its owner can read it.
            """)

    @Argument(help: "The file to write; it must not be there yet.")
    var file: String
    @OptionGroup var control: ControlOptions

    func run() async throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure(
                description: errno == EEXIST
                    ? "\(file) is there already; name another file"
                    : "\(file) can't be created: \(systemReason(errno))")
        }
        defer { close(descriptor) }
        let size: Int
        do {
            size = try await Interruption.cancelling { try await receive(to: descriptor) }
            // Without fsync, a power failure could remove the backup.
            guard fsync(descriptor) == 0 else { throw failure(errno) }
        } catch {
            // An incomplete backup is removed, so that it is not mistaken for a complete one.
            unlink(file)
            throw error
        }
        switch control.output {
        case .json: Terminal.line((["file": .string(file), "bytes": .number(size)] as JSON).description)
        case .text: Terminal.line("\(file) written, \(size) bytes; start with it by `hooksim serve --store \(file)`")
        }
    }

    /// Writes the backup as it is received, and returns its size.
    private func receive(to descriptor: Int32) async throws -> Int {
        var size = 0
        try await control.withClient { client in
            try await client.backup { part in
                if let error = writeAll(part, to: descriptor) { throw failure(error) }
                size += part.count
            }
        }
        return size
    }

    private func failure(_ error: Int32) -> CommandFailure {
        CommandFailure(description: "\(file) can't be written: \(systemReason(error))")
    }
}
