import FoundationEssentials
import NIOCore
import NIOSSL
import Testing

@testable import HooksimServer

/// How a receiver is sent to.
enum Scheme: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case http, https

    var testDescription: String { rawValue }
}

/// What a receiver shows over https, and what trusts it.
struct ReceiverCertificate: Sendable {
    /// For this machine's names, and for names that only a test's own lookup knows.
    static let shared = Result {
        try ReceiverCertificate(
            names: ["localhost", "shop.localhost", "a.b.localhost", "127.0.0.1", "::1", "shop.test", "alive.test"]
                + (1...100).map { "dead\($0).test" })
    }

    private let issued: SelfSignedCertificate

    /// - Parameter date: when it is made, for one that has expired, or is not valid yet.
    init(names: [String], at date: Date = Date()) throws { issued = try SelfSignedCertificate(names: names, at: date) }

    /// Trusts this certificate's authority, beside the system's.
    func trust() throws -> DeliveryTrust {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("hooksim-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(issued.authority).write(to: file)
        return try DeliveryTrust(authority: file.path)
    }

    /// - Parameter onServerName: told the name that each client asks for.
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
