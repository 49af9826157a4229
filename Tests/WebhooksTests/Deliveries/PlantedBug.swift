/// A deliberate bug in a simulation, which proves that the simulation detects it.
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

/// A violated invariant, with the seed and the step that reproduce it.
struct BrokenPromise: Error, CustomStringConvertible {
    let seed: UInt64
    let step: Int
    let promise: String

    var description: String { "seed \(seed), step \(step): \(promise)" }
}
