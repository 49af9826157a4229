import FoundationEssentials
import NIOSSL

/// The source of the certificate that the server presents to clients over https.
public enum ServerTLS: Sendable, Hashable {
    /// PEM files: the certificate, followed by its chain, and the private key.
    case files(certificate: String, privateKey: String)
    /// A certificate created at start, by an authority whose key is discarded at once.
    case selfSigned
}

/// The TLS configuration of the server, and the authority that clients have to trust.
struct ServerIdentity: Sendable {
    let configuration: TLSConfiguration
    /// The certificate of the authority as PEM, if it was created at start.
    var authority: String?

    /// Reads or creates the certificate and its key.
    /// - Throws: ``TLSFileError`` if a file can't be used.
    init(_ tls: ServerTLS, host: String, allowedHosts: [String]) throws {
        switch tls {
        case .files(let certificate, let privateKey):
            let chain = try TLSFile.certificates(certificate).map { NIOSSLCertificateSource.certificate($0) }
            configuration = .makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(try TLSFile.privateKey(privateKey)))
        case .selfSigned:
            let issued = try SelfSignedCertificate(names: ["localhost", "127.0.0.1", "::1", host] + allowedHosts)
            configuration = .makeServerConfiguration(
                certificateChain: [.certificate(try NIOSSLCertificate(bytes: issued.certificate, format: .pem))],
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: issued.privateKey, format: .pem)))
            authority = String(decoding: issued.authority, as: UTF8.self)
        }
    }
}

/// Reads the PEM files that the user specified.
enum TLSFile {
    static func certificates(_ path: String) throws -> [NIOSSLCertificate] {
        let pem = try bytes(path, "certificate")
        let found = (try? NIOSSLCertificate.fromPEMBytes(pem)) ?? []
        guard !found.isEmpty else { throw TLSFileError(description: "\(path) has no certificate in PEM") }
        return found
    }

    static func privateKey(_ path: String) throws -> NIOSSLPrivateKey {
        let pem = try bytes(path, "key")
        do {
            return try NIOSSLPrivateKey(bytes: pem, format: .pem)
        } catch {
            throw TLSFileError(description: "\(path) has no unencrypted private key in PEM format")
        }
    }

    private static func bytes(_ path: String, _ what: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw TLSFileError(description: "the \(what) file \(path) can't be read")
        }
        return Array(data)
    }
}

/// An error that explains why a certificate or key can't be used.
struct TLSFileError: Error, CustomStringConvertible {
    let description: String
}
