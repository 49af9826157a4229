import HTTPTypes
import Hummingbird
import Webhooks

/// What a call sent, as it may be kept.
enum SentBody {
    /// What was sent, as JSON without its secrets; a form becomes the object that means the same, and what is neither is `nil`.
    static func withoutSecrets(_ bytes: [UInt8], of request: Request) -> JSON? {
        guard !bytes.isEmpty else { return nil }
        if mediaType(request.headers[.contentType]) == "application/x-www-form-urlencoded" {
            guard let form = try? FormFields(String(decoding: bytes, as: UTF8.self)) else { return nil }
            let members = form.fields.map { (name: $0.name, value: JSON.string($0.value)) }
            // No object has a name twice.
            guard Set(members.map { Array($0.name.utf8) }).count == members.count else { return nil }
            return withoutSecrets(.object(JSONObject(members)))
        }
        return (try? JSON(parsing: bytes, maxDepth: JSON.maxBodyDepth)).map(withoutSecrets)
    }

    private static func withoutSecrets(_ body: JSON) -> JSON {
        guard var object = body.object else { return body }
        object["client_secret"] = nil
        // Equal secrets are to be equal in a recording too, so each is known by a part of its digest.
        if let secret = object["secret_key"]?.string {
            object["secret_key"] = .string("secret-\(TokenStore.tag(of: secret))")
        }
        // No endpoint may have a user's name and password in it; what was refused for them is not kept with them.
        if let url = object["endpoint_url"]?.string {
            object["endpoint_url"] = .string(RecordedReceivers.withoutUser(url))
        }
        return .object(object)
    }
}
