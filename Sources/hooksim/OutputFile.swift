import FoundationEssentials

/// A file that a command was told to write.
enum OutputFile {
    /// Writes it as a whole or not at all.
    /// - Throws: ``CommandFailure`` that names the file.
    static func write(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(description: "\(path) can't be written")
        }
    }
}
