import FoundationEssentials

/// Runs `body` with the path of a store that does not exist yet, in a directory that is removed afterwards.
func withTemporaryStore(_ body: (String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("hooksim-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try await body(directory.appendingPathComponent("store.db").path)
}
