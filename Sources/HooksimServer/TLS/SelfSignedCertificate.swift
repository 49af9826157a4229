import Crypto
import FoundationEssentials
import SwiftASN1
import Webhooks
import X509

/// A certificate for this machine's names, and the authority that signed it and nothing else: its key is gone when this returns, so
/// that whoever trusts the authority trusts this one certificate.
struct SelfSignedCertificate {
    /// All as PEM.
    let authority: [UInt8]
    let certificate: [UInt8]
    let privateKey: [UInt8]

    private static let lifetime: TimeInterval = 30 * 86_400
    /// For clocks that are a little behind.
    private static let leeway: TimeInterval = 3600

    /// - Parameters:
    ///   - names: host names and addresses; those that are neither are left out.
    ///   - now: when its life begins.
    init(names: [String], at now: Date = Date()) throws {
        let validity = (from: now - Self.leeway, until: now + Self.lifetime)
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let authorityName = try DistinguishedName {
            CommonName(
                "hooksim authority created at \(Timestamp(milliseconds: Int64(now.timeIntervalSince1970 * 1000)))")
        }
        let authority = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: authorityKey.publicKey,
            notValidBefore: validity.from, notValidAfter: validity.until, issuer: authorityName,
            subject: authorityName, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
            },
            issuerPrivateKey: authorityKey)
        let key = P256.Signing.PrivateKey()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(),
            publicKey: Certificate.PrivateKey(key).publicKey,
            notValidBefore: validity.from, notValidAfter: validity.until, issuer: authorityName,
            subject: try DistinguishedName { CommonName("hooksim") }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(Self.alternativeNames(names))
            },
            issuerPrivateKey: authorityKey)
        self.authority = Array((try authority.serializeAsPEM().pemString + "\n").utf8)
        self.certificate = Array((try certificate.serializeAsPEM().pemString + "\n").utf8)
        privateKey = Array(key.pemRepresentation.utf8)
    }

    private static func alternativeNames(_ names: [String]) -> [GeneralName] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }.compactMap { name in
            if let address = NetworkAddress(name) {
                return address.isUnspecified ? nil : .ipAddress(ASN1OctetString(contentBytes: address.bytes[...]))
            }
            return name.isEmpty || name.contains("*") ? nil : .dnsName(name)
        }
    }
}
