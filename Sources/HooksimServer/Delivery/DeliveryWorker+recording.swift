import Logging
import Synchronization
import Webhooks

/// The recording of attempts that have ended: all that wait are recorded in one write.
extension DeliveryWorker {
    /// Accepts an attempt that has ended and records it in the next write.
    func finish(
        _ delivery: OutgoingDelivery, startedAt: Timestamp, _ responses: [ReceiverResponse], took duration: Duration,
        resets: Int
    ) {
        observe(responses, of: delivery, took: duration)
        let (mode, now) = clock.read()
        var generator = random.current.stream(
            .jitter, UInt64(truncatingIfNeeded: delivery.ticket), UInt64(truncatingIfNeeded: delivery.attempt))
        let attempt = FinishedAttempt(
            delivery: delivery, startedAt: startedAt, endedAt: now, responses: responses, isFrozen: mode == .frozen,
            jitterSample: generator.unit(), resets: resets)
        let isFirst = state.withLock { state in
            guard !state.isOver else { return false }
            state.finished.append(attempt)
            return state.finished.count == 1
        }
        if isFirst { recordFinished() }
    }

    /// Records the attempts that have ended by the time the write runs, so that the next batch grows while a commit
    /// waits for the disk.
    private func recordFinished() {
        let batch = RecordedBatch()
        store.write { [self] session in
            batch.attempts = takeFinished()
            batch.outcomes = try record(batch.attempts, session)
        } completion: { [self] error in
            guard let error else { return release(batch) }
            // The batch is empty if the transaction could not begin, since the body of the write has not run then.
            if batch.attempts.isEmpty { batch.attempts = takeFinished() }
            // Each attempt is retried on its own, so that one that cannot be recorded does not delay the others.
            for attempt in batch.attempts { Task { await recordPatiently(attempt, after: error) } }
        }
    }

    private func takeFinished() -> [FinishedAttempt] {
        state.withLock { state in
            defer { state.finished = [] }
            return state.finished
        }
    }

    /// Records attempts and returns the outcome of each; `nil` for an attempt whose event no longer exists.
    private func record(_ attempts: [FinishedAttempt], _ session: StoreSession) throws -> [EventTable.Outcome?] {
        let settings = settings.current
        // The number is read within this transaction, since a reset takes effect when it is committed.
        let resets = try MetaTable.resets(session)
        try AttemptOrder.makeRoom(for: attempts.filter { $0.resets == resets }, session)
        return try attempts.map { attempt in
            // The result of an attempt that was claimed before a reset is discarded.
            guard attempt.resets == resets else { return nil }
            return try EventTable.record(attempt, settings: settings, session)
        }
    }

    /// Retries until the attempt is recorded, since a full disk must not lose an attempt that the receiver has already
    /// seen.
    private func recordPatiently(_ attempt: FinishedAttempt, after failure: any Error) async {
        var failure = failure
        while true {
            logger.error(
                "an attempt can't be recorded; trying again in a second",
                metadata: ["event": "\(attempt.delivery.eventID)", "error": "\(failure)"])
            try? await Task.sleep(for: .seconds(1))
            guard !state.withLock({ $0.isOver }) else { return }
            do {
                let batch = RecordedBatch()
                batch.attempts = [attempt]
                batch.outcomes = try await store.write { [self] in try record([attempt], $0) }
                return release(batch)
            } catch {
                failure = error
            }
        }
    }

    /// Releases the attempts from their lanes, and publishes those that were recorded.
    private func release(_ batch: RecordedBatch) {
        for (attempt, outcome) in zip(batch.attempts, batch.outcomes) {
            if let outcome { publish(attempt, outcome) }
        }
        state.withLock { state in
            for (attempt, outcome) in zip(batch.attempts, batch.outcomes) where attempt.resets == state.resets {
                let delivery = attempt.delivery
                if outcome != nil { state.recordedAttempts += attempt.responses.count }
                state.lanes.release(delivery.event, from: delivery.subscription, dueAgain: outcome?.dueAt)
            }
        }
        let closed = zip(batch.attempts, batch.outcomes).filter { $1?.isSubscriptionClosed ?? false }
        if !closed.isEmpty { close(closed.map { $0.0.delivery.subscription }) }
        wake()
        progress.notify()
    }

    /// Counts and logs an attempt. The endpoint is not logged, since its query may contain a secret.
    private func observe(_ responses: [ReceiverResponse], of delivery: OutgoingDelivery, took duration: Duration) {
        for response in responses { metrics.countAttempt(isDelivered: response.result.isSuccess, duration: duration) }
        let result = responses[0].result
        logger.info(
            "delivery",
            metadata: [
                "delivery_id": "\(delivery.eventID)/\(delivery.attempt)", "topic": "\(delivery.topic.rawValue)",
                "status": "\(result.statusCode.map(String.init) ?? "none")",
                "error": "\(result.reasonForFailure?.description ?? "")",
                "fault": "\(delivery.fault?.effect.name ?? "")",
                "duration_us": "\(duration.microseconds)",
            ])
    }

    /// Counts an attempt that was recorded, and publishes it to the live feed.
    private func publish(_ attempt: FinishedAttempt, _ outcome: EventTable.Outcome) {
        for response in attempt.responses { rates.count(isDelivered: response.result.isSuccess) }
        guard feed.hasSubscribers else { return }
        feed.publish(attempt, clientID: partners[clientIDOfRow: attempt.delivery.partner] ?? "", outcome: outcome)
    }

    /// Returns once no attempt is under way any more or the task is cancelled; no attempt is recorded after that.
    func waitUntilRecorded() async {
        while !Task.isCancelled {
            let version = progress.version
            if state.withLock({ $0.lanes.inFlight <= $0.delayed.count }) { break }
            await progress.wait(after: version)
        }
        state.withLock { $0.isOver = true }
    }
}

/// The attempts that are recorded together. Access is not checked by the compiler: only the body of the write sets the
/// properties, and only its completion reads them.
private final class RecordedBatch: @unchecked Sendable {
    var attempts: [FinishedAttempt] = []
    var outcomes: [EventTable.Outcome?] = []
}
