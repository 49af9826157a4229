import Webhooks

/// The default client: the partner that exists at start, with the credentials of `--client-id` and `--client-secret`.
struct DefaultClient: Sendable {
    let clientID: String
    let clientSecret: String

    func make(random: RandomSource, at now: Timestamp) -> Partner {
        Partner(
            id: random.identifier(), clientID: clientID, secretDigest: Partner.digest(ofSecret: clientSecret),
            scopes: .all, createdAt: now)
    }
}
