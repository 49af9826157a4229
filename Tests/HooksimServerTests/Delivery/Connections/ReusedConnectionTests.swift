import NIOCore
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of connections that a receiver closes while they are idle, or just as the next attempt arrives.
@Suite struct ReusedConnectionTests {
    /// The ways in which a receiver ends a connection instead of a response, with the failure of the attempt.
    static let endings: [(response: Receiver.Response, failure: AttemptFailure)] = [
        (.raw(""), .noResponse), (.rawThenCut(""), .noResponse), (.reset, .connectionReset),
    ]

    @Test(arguments: endings, Scheme.allCases)
    func `an attempt that ends on a reused connection without a byte is sent again on a new one`(
        ending: (response: Receiver.Response, failure: AttemptFailure), scheme: Scheme
    ) async throws {
        let receiver = try await Receiver(scheme) { delivery, _ in
            delivery.placeOnConnection == 0 ? .status(200) : ending.response
        }
        try await withSender { sender in
            for number in 1...3 {
                let response = await sender.send(
                    try .test(to: receiver.url, number: UInt64(number)), timeout: .minutes(1))
                #expect(response.result == AttemptResult(statusCode: 200), "attempt \(number)")
            }
        }
        // Each delivery but the first was sent twice, with the same request both times.
        let received = receiver.received
        #expect(received.map(\.placeOnConnection) == [0, 1, 0, 1, 0])
        for (first, second) in [(1, 2), (3, 4)] {
            #expect(received[first].body == received[second].body && received[first].id == received[second].id)
            #expect(received[first].header("Authorization") == received[second].header("Authorization"))
            #expect(received[first].attempt == received[second].attempt)
        }
        try await receiver.stop()
    }

    @Test(arguments: endings, Scheme.allCases)
    func `on a new connection it is a failed attempt`(
        ending: (response: Receiver.Response, failure: AttemptFailure), scheme: Scheme
    ) async throws {
        let receiver = try await Receiver(scheme) { _, _ in ending.response }
        try await withSender { sender in
            let response = await sender.send(try .test(to: receiver.url), timeout: .minutes(1))
            #expect(response.result.failure == ending.failure)
        }
        #expect(receiver.received.count == 1)
        try await receiver.stop()
    }

    @Test(arguments: endings, Scheme.allCases)
    func `an attempt is sent again once at most`(
        ending: (response: Receiver.Response, failure: AttemptFailure), scheme: Scheme
    ) async throws {
        let receiver = try await Receiver(scheme) { _, index in index == 0 ? .status(200) : ending.response }
        try await withSender { sender in
            _ = await sender.send(try .test(to: receiver.url), timeout: .minutes(1))
            let response = await sender.send(try .test(to: receiver.url, number: 2), timeout: .minutes(1))
            #expect(response.result.failure == ending.failure)
        }
        #expect(receiver.received.map(\.placeOnConnection) == [0, 1, 0])
        try await receiver.stop()
    }

    @Test(
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-", .noResponse), ("H", .noResponse),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", .incompleteResponse),
            ("garbage\r\n\r\n", .invalidResponse),
        ] as [(begun: String, failure: AttemptFailure)], Scheme.allCases)
    func `an attempt whose response has begun is not sent again`(
        partial: (begun: String, failure: AttemptFailure), scheme: Scheme
    ) async throws {
        let receiver = try await Receiver(scheme) { _, index in index == 0 ? .status(200) : .raw(partial.begun) }
        try await withSender { sender in
            _ = await sender.send(try .test(to: receiver.url), timeout: .minutes(1))
            let response = await sender.send(try .test(to: receiver.url, number: 2), timeout: .minutes(1))
            #expect(response.result.failure == partial.failure)
        }
        #expect(receiver.received.map(\.placeOnConnection) == [0, 1])
        try await receiver.stop()
    }

    @Test(arguments: Scheme.allCases)
    func `an attempt whose response does not come in time is not sent again`(scheme: Scheme) async throws {
        let receiver = try await Receiver(scheme) { _, index in index == 0 ? .status(200) : .hang }
        try await withSender { sender in
            _ = await sender.send(try .test(to: receiver.url), timeout: .minutes(1))
            let response = await sender.send(try .test(to: receiver.url, number: 2), timeout: .milliseconds(200))
            #expect(response.result.failure == .responseTimeout(within: .milliseconds(200)))
        }
        #expect(receiver.received.map(\.placeOnConnection) == [0, 1])
        try await receiver.stop()
    }

    @Test(arguments: Scheme.allCases)
    func `a response that nothing was sent for is no attempt's`(scheme: Scheme) async throws {
        let twice = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        let receiver = try await Receiver(scheme) { _, _ in .rawThenHang(twice) }
        try await withSender { sender in
            // There are so many attempts at once that some still wait for a connection when the first responses arrive.
            let statuses = await withTaskGroup(of: Int?.self) { group in
                for number in 1...50 {
                    group.addTask {
                        guard let delivery = try? OutgoingDelivery.test(to: receiver.url, number: UInt64(number))
                        else {
                            return nil
                        }
                        return await sender.send(delivery, timeout: .minutes(1)).result.statusCode
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 200, count: 50))
        }
        try await receiver.stop()
    }

    @Test(arguments: [0, 1, 5], Scheme.allCases)
    func `a receiver that closes each connection after its response gets every event at the first attempt`(
        milliseconds: Int64, scheme: Scheme
    ) async throws {
        let receiver = try await Receiver(scheme) { _, _ in .acceptThenClose(after: .milliseconds(milliseconds)) }
        try await withSimulator {
            $0.verifiesReceivers = false
        } _: { client in
            // With these retries, an attempt that fails is noticed by a second one.
            try await client.settings(["retry_schedule": ["0s", "0s"], "delivery_timeout": "1m"])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            for _ in 0..<5 { try await client.trigger(count: 60) }
            try await client.expect("events", ["status": "delivered"], count: 300)
            try await client.expect("attempts", [:], count: 300)
            try await client.expect("attempts", ["attempt": 1, "outcome": "delivered"], count: 300)
        }
        #expect(Set(receiver.received.map(\.id)).count == 300)
        #expect(Set(receiver.received.map { "\($0.id) \(String(decoding: $0.body, as: UTF8.self))" }).count == 300)
        try await receiver.stop()
    }
}
