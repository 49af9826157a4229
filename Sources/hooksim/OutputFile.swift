import FoundationEssentials

/// A file whose path is an option of a command.
enum OutputFile {
    /// Writes the file atomically.
    ///
    /// - Throws: ``CommandFailure`` that names the file.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(description: "\(path) can't be written")
        }
    }
}
