import Webhooks

/// The records of received requests, that is, the request log and the recording, and the effect of a reset or a removal
/// on both.
///
/// A reset or a removal calls one of the two methods with a session within its transaction. After the transaction, it
/// calls ``forgetAll()``, ``forget(_:)`` or, if nothing was committed, ``keepAll()``.
struct RequestRecords: Sendable {
    let log: RequestLog
    let recorder: Recorder
    let boundaries: CaptureBoundaries

    /// Begins a new recording, within the transaction that removes all data.
    ///
    /// - Parameters:
    ///   - instant: The time of the clock after the reset.
    ///   - settings: The settings after the reset.
    func writeReset(at instant: Timestamp, settings: Settings, _ session: StoreSession) throws {
        try recorder.writeRestart(at: instant, settings: settings, session)
    }

    /// Suspends the writing of recorded actions while the transaction that removes those of one client is under way.
    func writeRemoval(_ session: StoreSession) { recorder.hold() }

    /// Removes all requests, after the transaction that removes all data has been committed.
    func forgetAll() {
        boundaries.mark()
        log.clear()
        recorder.restart()
    }

    /// Removes the requests of one client, after the transaction that removes its data has been committed.
    func forget(_ record: PartnerRecord) {
        boundaries.mark(clientID: record.partner.clientID)
        log.clear(partner: record.row)
        recorder.forget(clientID: record.partner.clientID)
    }

    /// Keeps all requests, after the transaction has been rolled back.
    func keepAll() { recorder.release() }
}
