import NIOSSL

/// Whose certificates deliveries over https accept.
struct DeliveryTrust: Sendable {
    let configuration: TLSConfiguration

    /// - Parameters:
    ///   - authority: a PEM file with authorities that are trusted beside the system's, `nil` for none.
    ///   - isVerified: whether receivers must prove who they are; only test receivers need not.
    /// - Throws: ``TLSFileError``.
    init(authority: String? = nil, isVerified: Bool = true) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authority { configuration.additionalTrustRoots = [.certificates(try TLSFile.certificates(authority))] }
        if !isVerified { configuration.certificateVerification = .none }
        self.configuration = configuration
    }
}
