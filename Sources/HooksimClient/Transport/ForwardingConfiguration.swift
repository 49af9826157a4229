package import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient.Configuration {
    /// Returns the configuration of a client that passes deliveries on as they are: it has no time limit, follows no
    /// redirect, and decodes no body.
    ///
    /// - Parameters:
    ///   - authority: The path of a PEM file with authorities that are trusted in addition to those of the system.
    ///   - isVerified: Whether the certificate of the target is verified.
    /// - Returns: The configuration; `nil` if the file has no certificate.
    package static func forwarding(authority: String?, isVerified: Bool) -> HTTPClient.Configuration? {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(authority), !certificates.isEmpty else {
                return nil
            }
            tls.additionalTrustRoots = [.certificates(certificates)]
        }
        if !isVerified { tls.certificateVerification = .none }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: .hours(24)))
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        return configuration
    }
}
