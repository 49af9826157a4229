import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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

    private static let maxBytes = 16 << 20

    private static func unreadable(_ path: String, _ what: String, _ error: Int32) -> TLSFileError {
        TLSFileError(description: "the \(what) file \(path) can't be read: \(String(cString: strerror(error)))")
    }

    private static func bytes(_ path: String, _ what: String) throws -> [UInt8] {
        // A path of a pipe is valid too, which Foundation may refuse.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, what, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, what, errno) }
            guard bytes.count <= maxBytes else { throw unreadable(path, what, EFBIG) }
            guard count > 0 else { break }
            bytes += part[..<count]
        }
        // Editors on Windows begin a file with a byte order mark, which the TLS library takes for text before the PEM.
        return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }
}

/// An error that explains why a certificate or key can't be used.
struct TLSFileError: Error, CustomStringConvertible {
    let description: String
}
