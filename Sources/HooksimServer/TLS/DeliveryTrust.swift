import NIOSSL

/// The certificates that deliveries over https accept.
struct DeliveryTrust: Sendable {
    let configuration: TLSConfiguration

    /// Creates the TLS configuration of deliveries.
    /// - Parameters:
    ///   - authority: The path of a PEM file with certificates that are trusted in addition to those of the system;
    ///     `nil` for none.
    ///   - isVerified: Whether the certificates of receivers are verified; `false` is for test receivers only.
    /// - Throws: ``TLSFileError`` if the file can't be used.
    init(authority: String? = nil, isVerified: Bool = true) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authority { configuration.additionalTrustRoots = [.certificates(try TLSFile.certificates(authority))] }
        if !isVerified { configuration.certificateVerification = .none }
        self.configuration = configuration
    }
}
