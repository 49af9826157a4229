import FoundationEssentials

/// An invariant that does not hold, with what is needed to see it again.
struct Violation: Error, CustomStringConvertible {
    /// What must hold, whatever overlaps.
    enum Invariant: String, Sendable, CaseIterable {
        case noServerError = "no response is 5xx"
        case ends = "operations end"
        case refusedChangesNothing = "what was refused has changed nothing"
        case acknowledgedIsThere = "what was acknowledged is there"
        case nothingOfBefore = "nothing of before a removal is there after it"
        case nothingRecordedOfBefore = "the recorded actions are of partners that are there"
        case nothingLoggedOfBefore = "the request log has nothing of before a removal"
        case nothingSentAfterwards = "no delivery is started after its removal or deletion"
        case rowsAreNotReused = "row numbers are never used again"
        case rowsFit = "rows belong to partners and subscriptions that are there"
        case countsAgree = "counts agree with the rows"
        case tokensAreUnique = "tokens never repeat"
        case tokensEnd = "a token of before a removal acts as no partner"
        case payloadsStay = "the bytes of an event never change"
        case clockIsExact = "the clock is where the operations moved it"
        case settingsAreExact = "the settings are those that were set"
        case faultsAreExact = "the fault rules are those that were added"
        case dueIsSent = "what is due is sent"
        case retryIsWhole = "a retry of failed events concerns all of them"
        case allIsFinal = "all events end once receivers are well and time passes"
        case identifiersRepeat = "the same requests get the same ids after a reset"
    }

    let invariant: Invariant
    let detail: String
    var seed: UInt64 = 0
    var step = 0

    /// The invariants that are not looked at, to see what else is broken beside one that is known to be.
    static let ignored: Set<Invariant> = {
        let text = ProcessInfo.processInfo.environment["HOOKSIM_SIMULATION_IGNORE"] ?? ""
        let names = text.split(separator: ",").map(String.init)
        return Set(Invariant.allCases.filter { names.contains("\($0)") })
    }()

    /// Runs a check, and throws its violation unless its invariant is ignored.
    static func note(_ check: () throws -> Void) throws {
        do {
            try check()
        } catch let violation as Violation where ignored.contains(violation.invariant) {
            return
        }
    }

    /// Runs a check, and throws its violation unless its invariant is ignored.
    static func note(isolation: isolated (any Actor)? = #isolation, _ check: () async throws -> Void) async throws {
        do {
            try await check()
        } catch let violation as Violation where ignored.contains(violation.invariant) {
            return
        }
    }

    var description: String { "seed \(seed), step \(step): \(invariant.rawValue): \(detail)" }
}
