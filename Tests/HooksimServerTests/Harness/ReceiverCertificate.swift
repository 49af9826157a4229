import FoundationEssentials
import NIOCore
import NIOSSL
import Testing

@testable import HooksimServer

/// The scheme of a receiver's URL.
enum Scheme: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case http, https

    var testDescription: String { rawValue }
}

/// The certificate of an https receiver, and the trust that verifies it.
struct ReceiverCertificate: Sendable {
    /// A certificate for this machine's names, and for names that only a test's own lookup resolves.
    static let shared = Result {
        try ReceiverCertificate(
            names: ["localhost", "shop.localhost", "a.b.localhost", "127.0.0.1", "::1", "shop.test", "alive.test"]
                + (1...100).map { "dead\($0).test" })
    }

    private let issued: SelfSignedCertificate

    /// - Parameter date: The date of issue, for a certificate that has expired or is not valid yet.
    init(names: [String], at date: Date = Date()) throws { issued = try SelfSignedCertificate(names: names, at: date) }

    /// The certificate of the authority that has issued it, in PEM.
    var authority: [UInt8] { issued.authority }

    /// Returns a trust in this certificate's authority in addition to the system's authorities.
    func trust() throws -> DeliveryTrust {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("hooksim-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(issued.authority).write(to: file)
        return try DeliveryTrust(authority: file.path)
    }

    /// - Parameter onServerName: Called with the server name that each client requests.
    func serverContext(onServerName: @escaping @Sendable (String?) -> Void) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: issued.certificate, format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: issued.privateKey, format: .pem)))
        configuration.sslContextCallback = { values, promise in
            onServerName(values.serverHostname)
            promise.succeed(.noChanges)
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
