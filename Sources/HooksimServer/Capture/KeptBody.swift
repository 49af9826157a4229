import StrictJSON
import Webhooks

/// Removes the secrets from the body of a request.
struct KeptBody: Sendable {
    let secrets: SecretNumbers
    let knownSecrets: KnownSecrets

    /// Returns the body as JSON without its secrets; `nil` if it is neither JSON nor a form that an object can
    /// represent.
    ///
    /// The API accepts or rejects the placeholder of a secret in the same way as the secret.
    /// - Parameter operation: The operation of the request; a body of the control API is returned unchanged.
    func json(_ bytes: [UInt8], contentType: String?, operation: RecordedOperation?) -> JSON? {
        guard !bytes.isEmpty else { return nil }
        let isForm = mediaType(contentType) == "application/x-www-form-urlencoded"
        guard let body = isForm ? Self.form(bytes) : try? JSON(parsing: bytes, maxDepth: JSON.maxBodyDepth) else {
            return nil
        }
        return operation?.isControl == true ? body : withoutSecrets(body)
    }

    private static func form(_ bytes: [UInt8]) -> JSON? {
        guard let form = try? FormFields(String(decoding: bytes, as: UTF8.self)) else { return nil }
        // A field without a value is treated as omitted (RFC 6749, 3.2).
        let fields = form.fields.filter { !$0.value.isEmpty }
        // The names in an object are unique.
        guard Set(fields.map { Array($0.name.utf8) }).count == fields.count else { return nil }
        return .object(JSONObject(fields.map { (name: $0.name, value: JSON.string($0.value)) }))
    }

    private func withoutSecrets(_ body: JSON) -> JSON {
        guard let object = body.object else { return knownSecrets.hidden(in: body.withoutSecretMembers) }
        return .object(
            JSONObject(
                object.members.compactMap { member in withoutSecrets(member).map { (name: member.name, value: $0) } }))
    }

    private func withoutSecrets(_ member: (name: String, value: JSON)) -> JSON? {
        switch (member.name, member.value) {
        // The status of the response distinguishes a right secret from a wrong one.
        case ("client_secret", .string): nil
        case ("secret_key", let secret): SecretPlaceholder.json(for: secret, number: secrets.number(of:))
        // An endpoint URL must not contain a user name or a password. A URL that was refused for one is kept with a
        // placeholder in its place, so that a replay is refused as well.
        case ("endpoint_url", .string(let url)): .string(SecretPlaceholder.withoutUser(url))
        case (let name, let value) where SecretParameters.isSecret(name): value.withoutContent
        default: knownSecrets.hidden(in: member.value.withoutSecretMembers)
        }
    }
}
