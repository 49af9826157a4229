import Webhooks

/// What is kept of the requests received: the request log and the recording, and what a reset or a removal does to both.
///
/// A reset or a removal calls one of the two functions that take a session within its transaction, and once that has ended
/// ``forgetAll()``, ``forget(_:)`` or, where nothing was committed, ``keepAll()``.
struct RequestRecords: Sendable {
    let log: RequestLog
    let recorder: Recorder
    let boundaries: CaptureBoundaries

    /// Begins the recording anew, within the transaction that removes everything.
    ///
    /// - Parameters:
    ///   - instant: where the clock is after the reset.
    ///   - settings: those that are in force after the reset.
    func writeReset(at instant: Timestamp, settings: Settings, _ session: StoreSession) throws {
        try recorder.writeRestart(at: instant, settings: settings, session)
    }

    /// Keeps recorded actions from being written while the transaction that removes those of one client is under way.
    func writeRemoval(_ session: StoreSession) { recorder.hold() }

    /// Forgets all requests, once the transaction that removes everything was committed.
    func forgetAll() {
        boundaries.mark()
        log.clear()
        recorder.restart()
    }

    /// Forgets the requests of one client, once the transaction that removes what it owns was committed.
    func forget(_ record: PartnerRecord) {
        boundaries.mark(clientID: record.partner.clientID)
        log.clear(partner: record.row)
        recorder.forget(clientID: record.partner.clientID)
    }

    /// Keeps all requests: the transaction was not committed.
    func keepAll() { recorder.release() }
}
