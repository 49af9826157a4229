extension Route {
    /// Returns the routes of a simulator that are part of the OpenAPI document.
    ///
    /// - Throws: an error if a simulator can't be created.
    package static func documented() async throws -> [Route] {
        let parts = try SimulatorParts(SimulatorOptions()) { _ in }
        try await parts.delivery.sender.shutdown()
        try await parts.storage.store.close()
        return parts.routes.all.filter { !$0.isPage }
    }
}
