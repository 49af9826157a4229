import FoundationEssentials
import Webhooks

/// The first line of an input is the Authorization header, the second the content type, the rest is the body.
func fuzzToken(_ bytes: [UInt8]) throws {
    let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
    let texts = parts.map { String(decoding: $0, as: UTF8.self) }
    let body = parts.count > 2 ? Array(parts[2]) : []
    do {
        let contentType = texts.count > 1 ? contentType(texts[1]) : nil
        let request = try TokenRequest(authorization: texts.first, contentType: contentType, body: body)
        check((1...2).contains(request.credentials.count), "\(request.credentials.count) ways to read the credentials")
        for credentials in request.credentials { try checkBasic(credentials) }
    } catch let error as TokenError {
        check(!error.message.isEmpty, "\(error.code) without a message")
    }
    if let form = try? FormFields(String(decoding: body, as: UTF8.self)) { try checkForm(form) }
}

/// Returns a content type. The two that are parsed have short names, so that libFuzzer finds them sooner.
private func contentType(_ text: String) -> String {
    switch text {
    case "f": "application/x-www-form-urlencoded"
    case "j": "application/json"
    default: text
    }
}

/// Checks that parsed credentials are parsed as the same again when they are sent with HTTP Basic, form-encoded as in
/// RFC 6749.
private func checkBasic(_ credentials: TokenRequest.Credentials) throws {
    let pair = "\(formEncoded(credentials.clientID)):\(formEncoded(credentials.clientSecret))"
    let request = try TokenRequest(
        authorization: "Basic \(Data(pair.utf8).base64EncodedString())",
        contentType: "application/x-www-form-urlencoded", body: Array("grant_type=client_credentials".utf8))
    check(request.credentials.contains(credentials), "\(pair) is read as \(request.credentials)")
}

private func checkForm(_ form: FormFields) throws {
    let text = form.fields.map { "\(formEncoded($0.name))=\(formEncoded($0.value))" }.joined(separator: "&")
    let again = try FormFields(text).fields
    check(again.elementsEqual(form.fields) { $0.name == $1.name && $0.value == $1.value }, "\(text) is read otherwise")
}

private func formEncoded(_ text: String) -> String {
    text.utf8.map { byte in
        let hexadecimal = String(byte, radix: 16)
        return byte == 0x20 ? "+" : "%" + String(repeating: "0", count: 2 - hexadecimal.count) + hexadecimal
    }.joined()
}
