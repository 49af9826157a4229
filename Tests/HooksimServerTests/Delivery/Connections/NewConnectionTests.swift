import Foundation
import NIOCore
import NIOPosix
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of receivers to which no connection can be established, for some time or ever.
@Suite struct NewConnectionTests {
    /// Runs `body` with a port whose backlog is full, so that no more connections can be established before one is
    /// accepted.
    private func withFullPort(_ body: (ReservedPort) async throws -> Void) async throws {
        let port = try ReservedPort()
        port.listenWithoutBacklog()
        // This connection takes the only place in the backlog.
        let first = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port.port).get()
        try await body(port)
        try await first.close()
    }

    /// Returns the number of connections to a port of this machine that wait for the first response to their SYN.
    private static func countEstablishing(to port: Int) throws -> Int {
        // A file in /proc reports no size, so it is read to its end.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/tcp"))
        let table = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let remote = "0100007F:" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        return table.split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            // The state 02 is SYN_SENT.
            return fields.count > 3 && fields[2] == remote && fields[3] == "02"
        }
    }

    @Test func `connections are established eight at a time, and the attempts that wait are sent when they can be`()
        async throws
    {
        try await withFullPort { port in
            let healthy = try await Receiver()
            try await withSender { sender in
                let url = "http://127.0.0.1:\(port.port)/"
                await withTaskGroup(of: Int?.self) { group in
                    for number in 1...20 {
                        group.addTask {
                            await Self.send(number, to: url, by: sender, timeout: .minutes(5)).result.statusCode
                        }
                    }
                    // Attempts to another receiver are not delayed. They are repeated until all attempts that may begin
                    // a connection have begun one.
                    var establishing = 0
                    while establishing < 8 {
                        let response = await Self.send(100, to: healthy.url, by: sender, timeout: .minutes(5))
                        #expect(response.result.isSuccess)
                        establishing = (try? Self.countEstablishing(to: port.port)) ?? 8
                    }
                    for _ in 0..<20 { _ = await Self.send(101, to: healthy.url, by: sender, timeout: .minutes(5)) }
                    establishing = (try? Self.countEstablishing(to: port.port)) ?? 0
                    #expect(establishing == 8)
                    do {
                        let receiver = try await Receiver(on: port)
                        for await status in group { #expect(status == 200) }
                        #expect(Set(receiver.received.map(\.id)).count == 20)
                        try await receiver.stop()
                    } catch {
                        Issue.record(error)
                        group.cancelAll()
                    }
                }
            }
            try await healthy.stop()
        }
    }

    @Test func `a connection that was never established differs from a response that did not come`() async throws {
        let timeout = TimeSpan.milliseconds(300)
        let silent = try await Receiver { _, _ in .hang }
        try await withFullPort { port in
            try await withSender { sender in
                let (full, hanging) = ("http://127.0.0.1:\(port.port)/", silent.url)
                let failures = await withTaskGroup(of: (Bool, AttemptFailure?).self) { group in
                    // These include attempts that time out before they can begin a connection.
                    for number in 1...20 {
                        group.addTask {
                            (true, await Self.send(number, to: full, by: sender, timeout: timeout).result.failure)
                        }
                    }
                    for number in 1...20 {
                        group.addTask {
                            (false, await Self.send(number, to: hanging, by: sender, timeout: timeout).result.failure)
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(failures.count { $0 == (true, .connectTimeout(within: timeout)) } == 20, "\(failures)")
                // On a busy machine, even a connection to this receiver may take longer than the timeout.
                #expect(failures.contains { $0 == (false, .responseTimeout(within: timeout)) }, "\(failures)")
            }
        }
        try await silent.stop()
    }

    @Test func `the attempt log says which of both it was`() async throws {
        let silent = try await Receiver { _, _ in .hang }
        try await withFullPort { port in
            try await withSimulator { client in
                try await client.settings(["retry_schedule": ["0s"], "delivery_timeout": "1s"])
                let token = try await client.token()
                try await client.subscribe("invoice_paid", to: "http://127.0.0.1:\(port.port)/", token: token)
                try await client.subscribe("payout_paid", to: silent.url, token: token)
                try await client.trigger("invoice_paid")
                try await client.trigger("payout_paid")
                try await client.expect(
                    "attempts",
                    [
                        "topic": "invoice_paid", "failure": "connect_timeout",
                        "error": "no connection was established within 1s",
                    ], count: 1)
                try await client.expect(
                    "attempts",
                    ["topic": "payout_paid", "failure": "response_timeout", "error": "no complete response within 1s"],
                    count: 1)
                // Only a receiver that hangs makes a replayed attempt take as long.
                let recording = try await client.send(.get, "/__admin/recording").json["scenario"]?.string ?? ""
                #expect(recording.ranges(of: "respond: hang").count == 2, "\(recording)")
            }
        }
        try await silent.stop()
    }

    private static func send(
        _ number: Int, to url: String, by sender: DeliverySender, timeout: TimeSpan
    ) async -> ReceiverResponse {
        do {
            return await sender.send(try .test(to: url, number: UInt64(number)), timeout: timeout)
        } catch {
            Issue.record(error)
            return ReceiverResponse(result: AttemptResult())
        }
    }
}

extension TimeSpan {
    /// Returns a timeout that is long enough even on a busy machine.
    static func minutes(_ count: Int64) -> Self { .seconds(60 * count) }
}
