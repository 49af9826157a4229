/// What a simulation does wrong on purpose, to prove that it would be seen.
enum PlantedBug: String, CaseIterable, Sendable {
    case acknowledgesBeforeCommit
    case forgetsToRescueAtStart
    case takesRedirectsForSuccess
    case retriesDeliveredEvents
    case claimsTwice
    case makesOneAttemptTooMany
    case ignoresTheWait
    case sendsToDeactivatedSubscriptions
    case finishesByAnOldRound
    case keepsSendingAfterGone
}

/// A broken promise, with what is needed to see it again.
struct BrokenPromise: Error, CustomStringConvertible {
    let seed: UInt64
    let step: Int
    let promise: String

    var description: String { "seed \(seed), step \(step): \(promise)" }
}
