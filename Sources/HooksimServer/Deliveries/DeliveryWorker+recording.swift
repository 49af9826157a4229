import Logging
import Synchronization
import Webhooks

/// How attempts that ended are recorded: all that wait, in one write.
extension DeliveryWorker {
    /// Takes an attempt that ended, to be recorded with the next write.
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

    /// The write takes what has ended by the time it runs: while a commit waits for the disk, the next batch grows.
    private func recordFinished() {
        let batch = RecordedBatch()
        store.write { [self] session in
            batch.attempts = takeFinished()
            batch.outcomes = try record(batch.attempts, session)
        } completion: { [self] error in
            guard let error else { return release(batch) }
            // No transaction may have been begun at all.
            if batch.attempts.isEmpty { batch.attempts = takeFinished() }
            // Each for itself from now on, so that what can't be recorded holds up nothing else.
            for attempt in batch.attempts { Task { await recordPatiently(attempt, after: error) } }
        }
    }

    private func takeFinished() -> [FinishedAttempt] {
        state.withLock { state in
            defer { state.finished = [] }
            return state.finished
        }
    }

    /// What became of each event; `nil` for one that is gone.
    private func record(_ attempts: [FinishedAttempt], _ session: StoreSession) throws -> [EventTable.Outcome?] {
        let settings = settings.current
        // Of this very transaction: a reset that was not committed has not happened.
        let resets = try MetaTable.resets(session)
        return try attempts.map { attempt in
            // What was claimed before a reset belongs to the past after it.
            guard attempt.resets == resets else { return nil }
            return try EventTable.record(attempt, settings: settings, session)
        }
    }

    /// Records until it is recorded: a full disk must not lose what the receiver has already got.
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

    /// Frees the places in the lanes, and publishes the attempts that were recorded.
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

    /// Counts and logs an attempt; the endpoint is left out, since its query may have a secret in it.
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

    /// Returns once nothing is under way any more, or when the task is cancelled; nothing is recorded after that.
    func waitUntilRecorded() async {
        while !Task.isCancelled {
            let version = progress.version
            if state.withLock({ $0.lanes.inFlight <= $0.delayed.count }) { break }
            await progress.wait(after: version)
        }
        state.withLock { $0.isOver = true }
    }
}

/// Attempts that are recorded together. Not checked by the compiler: the write's body fills it, and only its completion reads it.
private final class RecordedBatch: @unchecked Sendable {
    var attempts: [FinishedAttempt] = []
    var outcomes: [EventTable.Outcome?] = []
}
