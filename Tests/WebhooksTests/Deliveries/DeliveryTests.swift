import Testing
import Webhooks

@Suite struct DeliveryTests {
    private let start = Timestamp(milliseconds: 1_736_942_400_000)
    private let policy = RetryPolicy(schedule: [.zero, .seconds(5), .seconds(30)], jitter: 0)
    private let ok = AttemptResult(statusCode: 200)
    private let unavailable = AttemptResult(statusCode: 503)

    private func sent(at now: Timestamp? = nil) -> Delivery {
        var delivery = Delivery(createdAt: start, policy: policy, sample: 0.5)
        #expect(delivery.step(.due, at: now ?? start, policy: policy) == [.send(attempt: 1)])
        return delivery
    }

    @Test(arguments: [200, 201, 204, 299])
    func `a response of 2xx delivers`(status: Int) {
        var delivery = sent()
        #expect(delivery.step(.finished(.init(statusCode: status)), at: start, policy: policy) == [.markDelivered])
        #expect(delivery.status == .delivered && delivery.attempts == 1 && delivery.dueAt == nil)
    }

    @Test(arguments: [
        AttemptResult(statusCode: 199), .init(statusCode: 301), .init(statusCode: 404), .init(statusCode: 500),
        .init(failure: .connectionRefused),
        .init(statusCode: 200, failure: .incompleteResponse),
    ])
    func `anything else is tried again after the schedule's next wait`(result: AttemptResult) {
        var delivery = sent()
        #expect(delivery.step(.finished(result), at: start, policy: policy) == [.wait(until: start + .seconds(5))])
        #expect(delivery.status == .pending && delivery.dueAt == start + .seconds(5))
    }

    @Test func `the schedule runs out after its last attempt`() {
        var delivery = sent()
        var now = start
        _ = delivery.step(.finished(unavailable), at: now, policy: policy)
        for (attempt, wait) in [(2, TimeSpan.seconds(5)), (3, .seconds(30))] {
            now = now + wait
            #expect(delivery.step(.due, at: now + .milliseconds(-1), policy: policy) == [])
            #expect(delivery.step(.due, at: now, policy: policy) == [.send(attempt: attempt)])
            let actions = delivery.step(.finished(unavailable), at: now, policy: policy)
            #expect(actions == (attempt == 3 ? [.markFailed] : [.wait(until: now + .seconds(30))]))
        }
        #expect(delivery.status == .failed && delivery.attempts == 3)
        #expect(delivery.step(.due, at: now + .longest, policy: policy) == [])
    }

    @Test func `one attempt is under way at a time`() {
        var delivery = sent()
        #expect(delivery.step(.due, at: start, policy: policy) == [])
    }

    @Test func `410 ends the delivery and the subscription`() {
        var delivery = sent()
        #expect(
            delivery.step(.finished(.init(statusCode: 410)), at: start, policy: policy) == [
                .markFailed, .deactivateSubscription,
            ])
    }

    @Test(arguments: [
        (TimeSpan.seconds(1), TimeSpan.seconds(1)), (.seconds(120), .seconds(120)), (.seconds(7200), .seconds(3600)),
        (.zero, .zero),
    ])
    func `Retry-After takes the wait's place, up to an hour`(asked: TimeSpan, wait: TimeSpan) {
        var delivery = sent()
        let result = AttemptResult(statusCode: 503, retryAfter: asked)
        #expect(delivery.step(.finished(result), at: start, policy: policy) == [.wait(until: start + wait)])
    }

    @Test(arguments: [(0.0, 4500), (0.5, 5000), (1.0, 5500)])
    func `jitter moves a wait by at most its share`(sample: Double, milliseconds: Int64) {
        let policy = RetryPolicy(schedule: [.zero, .seconds(5)], jitter: 0.1)
        #expect(policy.wait(afterAttempts: 1, sample: sample) == .milliseconds(milliseconds))
        #expect(policy.wait(afterAttempts: 0, sample: sample) == .zero)
    }

    @Test func `a resend begins a new round with the whole schedule`() {
        var delivery = sent()
        _ = delivery.step(.finished(ok), at: start, policy: policy)
        #expect(delivery.step(.requeued, at: start, policy: policy) == [.wait(until: start)])
        #expect(delivery.step(.due, at: start, policy: policy) == [.send(attempt: 2)])
        #expect(delivery.step(.finished(unavailable), at: start, policy: policy) == [.wait(until: start + .seconds(5))])
        #expect(delivery.attemptsInRound == 1)
    }

    @Test func `a resend during an attempt is sent after it`() {
        var delivery = sent()
        _ = delivery.step(.requeued, at: start, policy: policy)
        #expect(delivery.step(.due, at: start, policy: policy) == [])
        #expect(delivery.step(.finished(ok), at: start, policy: policy) == [.wait(until: start)])
        #expect(delivery.status == .pending)
        #expect(delivery.step(.due, at: start, policy: policy) == [.send(attempt: 2)])
    }

    @Test func `cancelling stops what waits, but what arrives has arrived`() {
        var waiting = Delivery(createdAt: start, policy: policy, sample: 0)
        #expect(waiting.step(.cancelled, at: start, policy: policy) == [.markFailed])
        #expect(waiting.step(.due, at: start, policy: policy) == [])

        var underWay = sent()
        #expect(underWay.step(.cancelled, at: start, policy: policy) == [.markFailed])
        var other = underWay
        #expect(underWay.step(.finished(ok), at: start, policy: policy) == [.markDelivered])
        #expect(underWay.status == .delivered)
        #expect(other.step(.finished(unavailable), at: start, policy: policy) == [])
        #expect(other.status == .failed && other.dueAt == nil)
    }

    @Test func `a delivered event stays delivered when it is cancelled`() {
        var delivery = sent()
        _ = delivery.step(.finished(ok), at: start, policy: policy)
        #expect(delivery.step(.cancelled, at: start, policy: policy) == [])
        #expect(delivery.status == .delivered)
    }

    @Test func `what was under way when the process stopped is sent again`() {
        var delivery = sent()
        #expect(delivery.step(.restarted, at: start, policy: policy) == [.wait(until: start)])
        #expect(delivery.step(.due, at: start, policy: policy) == [.send(attempt: 1)])
    }
}

@Suite struct RetryAfterTests {
    private let now = Timestamp(milliseconds: 784_111_777_000)  // Sun, 06 Nov 1994 08:49:37 GMT

    @Test(
        arguments: [
            ("0", 0), ("120", 120_000), (" 7 ", 7000), ("Sun, 06 Nov 1994 08:50:37 GMT", 60_000),
            ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("99999999999999999999", 999_999_999_000),
        ] as [(String, Int64)])
    func `seconds and dates are understood`(value: String, milliseconds: Int64) {
        #expect(RetryAfter.parse(value, now: now) == .milliseconds(milliseconds))
    }

    @Test(arguments: [
        "", "-1", "1.5", "soon", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "1e3",
        "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:-9:37 GMT", "Sun, 06 Nov +994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49::37 GMT",
    ])
    func `anything else is ignored`(value: String) {
        #expect(RetryAfter.parse(value, now: now) == nil)
    }
}
