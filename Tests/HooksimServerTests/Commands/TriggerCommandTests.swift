import StrictJSON
import Testing

@testable import HooksimServer

/// Tests of `hooksim trigger` by its exit status and by the events that it creates.
@Suite struct TriggerCommandTests {
    /// 2025-01-15T12:00:00Z in milliseconds since 1970.
    private static let noon: Int64 = 1_736_942_400_000

    @Test func `a trigger that waits fails if no subscription matches`() async throws {
        try await withSimulator { client in
            let program = try Program(["trigger", "invoice_paid", "--wait", "--url", client.url])
            #expect(await program.end() == 1)
            #expect(program.output.contains("no active subscription to invoice_paid"))
        }
    }

    @Test func `on a frozen clock, a trigger says what waits, or advances the clock`() async throws {
        let receiver = try await Receiver { _, index in .status(index % 2 == 0 ? 503 : 200) }
        try await withSimulator {
            $0.frozenAtMilliseconds = Self.noon
        } _: { client in
            try await client.settings(["retry_schedule": ["0s", "5m"], "retry_jitter": 0])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let command = ["trigger", "invoice_paid", "--wait", "--url", client.url]
            let waiting = try Program(command)
            #expect(await waiting.end() == 3)
            #expect(
                waiting.errors.contains(
                    "the clock is frozen at 2025-01-15T12:00:00.000Z, and 1 event waits until 2025-01-15T12:05:00"),
                "\(waiting.errors)")
            #expect(waiting.errors.contains("hooksim clock advance idle"))
            #expect(waiting.output.contains("pending"))
            try await client.advance(["until": "idle"])

            let advancing = try Program(command + ["--advance"])
            #expect(await advancing.end() == 0)
            #expect(advancing.output.contains("delivered"), "\(advancing.output)")
        }
        try await receiver.stop()
    }

    @Test func `an option that only a wait can use needs it`() async throws {
        let program = try Program(["trigger", "invoice_paid", "--advance", "--url", "http://127.0.0.1:1"])
        #expect(await program.end() == 2)
        #expect(program.errors.contains("--advance needs --wait"))
    }

    @Test(
        arguments: [
            ("customer_id=42", "42"), ("due_date=2025", "2025"), ("memo=true", "true"),
            ("invoice_number=00123", "00123"),
            ("memo=\"quoted\"", "quoted"), ("memo=null", .null), ("memo={\"a\":1}", ["a": 1]),
            ("total=99.95", .number("99.95")), ("total=\"99.95\"", "99.95"), ("line_items.0.quantity=3", 3),
            ("line_items.1.description=7", "7"), ("added=42", 42), ("added=text", "text"), ("memo=", ""),
        ] as [(String, JSON)])
    func `a value that is set has the type that the field has`(assignment: String, expected: JSON) async throws {
        try await withSimulator {
            $0.frozenAtMilliseconds = Self.noon
        } _: { client in
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            let program = try Program([
                "trigger", "invoice_paid", "--set", assignment, "--output", "json", "--url", client.url,
            ])
            #expect(await program.end() == 0, "\(program.errors)")
            let events = try JSON(parsing: program.output.utf8)["data"]?.array
            let id = try #require(events?.first?["id"]?.string)
            var value = try await client.event(id)["payload"]?["data"]
            for name in assignment.prefix(while: { $0 != "=" }).split(separator: ".") {
                value = Int(name).map { value?.array?[$0] } ?? value?[String(name)]
            }
            #expect(value == expected)
        }
    }

    @Test(
        arguments: [
            ("total=much", "total is a number in the data"), ("total=true", "total is a number in the data"),
            ("line_items=none", "line_items is an array in the data"),
            ("customer_id.x=1", "customer_id, which is a string"),
            ("line_items.2.amount=1", "outside the array line_items"),
        ])
    func `a value that can't be set is refused with the reason`(assignment: String, reason: String) async throws {
        try await withSimulator { client in
            let program = try Program(["trigger", "invoice_paid", "--set", assignment, "--url", client.url])
            #expect(await program.end() == 2)
            #expect(program.errors.contains(reason), "\(program.errors)")
        }
    }

    @Test func `many events are summed up`() async throws {
        try await withSimulator {
            $0.frozenAtMilliseconds = Self.noon
        } _: { client in
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            let program = try Program(["trigger", "invoice_paid", "--count", "2000", "--url", client.url])
            #expect(await program.end() == 0)
            #expect(program.output == "2000 events: 2000 pending\n")
        }
    }
}
