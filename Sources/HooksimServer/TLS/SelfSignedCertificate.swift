import Crypto
import FoundationEssentials
import SwiftASN1
import Webhooks
import X509

/// A certificate for the names of this machine, and the authority that signed it. The key of the authority is discarded
/// after that, so that trust in the authority extends to this one certificate only.
struct SelfSignedCertificate {
    /// The certificate of the authority as PEM; the other properties are PEM too.
    let authority: [UInt8]
    let certificate: [UInt8]
    let privateKey: [UInt8]

    private static let lifetime: TimeInterval = 30 * 86_400
    /// The time by which the validity precedes the creation, for clients whose clocks are slow.
    private static let leeway: TimeInterval = 3600

    /// Creates an authority and a certificate that it signs.
    /// - Parameters:
    ///   - names: Host names and addresses; strings that are neither are left out.
    ///   - now: The time of creation.
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
