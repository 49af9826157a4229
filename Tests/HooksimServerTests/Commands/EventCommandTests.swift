import HooksimClient
import StrictJSON
import Testing
import Webhooks

/// Tests of `hooksim trigger` and `hooksim events` by their output.
@Suite struct EventCommandTests {
    private static let unknownID = "00000000-0000-4000-8000-000000000000"

    @Test func `events are followed as they are created, delivered and failed`() async throws {
        let receiver = try await Receiver { _, index in .status(index == 0 ? 200 : 500) }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let all = try Program(["events", "--follow", "--url", client.url])
            let failed = try Program([
                "events", "--follow", "--status", "failed", "--output", "json", "--url", client.url,
            ])
            for program in [all, failed] { await program.waitForErrors("following") }
            let delivered = try await client.trigger()[0]
            await all.waitForOutput("delivered")
            let lost = try await client.trigger()[0]
            await all.waitForOutput("failed")
            await failed.waitForOutput("\n")
            for program in [all, failed] { _ = await program.stop() }

            let lines = all.output.split(separator: "\n")
            try #require(lines.count == 4, "\(all.output)")
            for (line, (id, status)) in zip(
                lines, [(delivered, "pending"), (delivered, "delivered"), (lost, "pending"), (lost, "failed")])
            {
                #expect(line.contains(id) && line.contains("  \(status)") && line.contains("invoice_paid"), "\(line)")
            }
            let event = try JSON(parsing: failed.output.utf8)
            #expect(event["id"] == .string(lost) && event["status"] == "failed")
        }
        try await receiver.stop()
    }

    @Test func `a trigger that waits shows each attempt as it happens, and fails when its event does`() async throws {
        let receiver = try await Receiver { _, index in .status([503, 200][min(index, 1)]) }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s", "0s"]])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            try await client.subscribe("payout_paid", to: "http://127.0.0.1:1/", token: try await client.token())
            let trigger = try Program(["trigger", "invoice_paid", "--wait", "--url", client.url])
            #expect(await trigger.end() == 0)
            let attempts = trigger.errors.split(separator: "\n")
            #expect(attempts.count == 2 && attempts[0].contains("503") && attempts[1].contains("200"), "\(attempts)")
            #expect(trigger.output.contains("delivered") && trigger.output.contains("attempts: 2"), "\(trigger.output)")

            let lost = try Program(["trigger", "payout_paid", "--wait", "--url", client.url])
            #expect(await lost.end() == 1)
            #expect(lost.output.contains("failed"))
        }
        try await receiver.stop()
    }

    @Test func `an event is shown with its attempts, the failing response and its payload`() async throws {
        let receiver = try await Receiver { _, _ in .status(503) }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try await client.trigger()[0]
            try await client.control.expect(.exactly(1), .events(id: id, status: .failed), timeout: .seconds(60))
            let shown = try Program(["events", "show", id, "--url", client.url])
            #expect(await shown.end() == 0)
            for part in [
                "event         \(id)\n", "endpoint      \(receiver.url)", "status        failed", "attempts\n",
                "attempt 1",
                "response to attempt 1\n", "payload\n", "\"idempotency_key\": \"\(id)\"",
            ] {
                #expect(shown.output.contains(part), "\(part) in \(shown.output)")
            }
            let missing = try Program(["events", "show", Self.unknownID, "--url", client.url])
            #expect(await missing.end() == 1)
            #expect(missing.errors.contains("there is no event"), "\(missing.errors)")
        }
        try await receiver.stop()
    }

    @Test func `a long trigger says each tenth in a pipe, and draws a bar on a terminal`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let command = ["trigger", "invoice_paid", "--count", "50", "--wait", "--url", client.url]
            let piped = try Program(command)
            #expect(await piped.end() == 0)
            let said = piped.errors.split(separator: "\n").map(String.init)
            #expect(said == (1...10).map { "\($0 * 5) of 50 events" })
            #expect(piped.output.split(separator: "\n").count == 50)

            let shown = try Program(command, environment: ["NO_COLOR": ""], isOnTerminal: true)
            #expect(await shown.end() == 0)
            let clearLine = "\r\u{1B}[K"
            #expect(shown.output.contains(clearLine + "[##############################] 50 of 50 events" + clearLine))
            #expect(shown.output.contains("\u{1B}[32mdelivered\u{1B}[0m"), "a terminal has colours")

            let plain = try Program(
                ["trigger", "invoice_paid", "--wait", "--url", client.url], environment: ["NO_COLOR": "1"],
                isOnTerminal: true)
            #expect(await plain.end() == 0)
            #expect(plain.output.contains("delivered") && !plain.output.contains("\u{1B}"), "\(plain.output)")
        }
        try await receiver.stop()
    }

    @Test func `no text from another program is a command to the terminal`() async throws {
        try await withSimulator { client in
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            let hostile = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m"
            let trigger = try Program([
                "trigger", "invoice_paid", "--entity-id", hostile, "--url", client.url,
            ])
            #expect(await trigger.end() == 0)
            let list = try Program(["events", "--url", client.url])
            #expect(await list.end() == 0)
            for text in [trigger.output, list.output] {
                #expect(
                    text.contains("owned")
                        && !text.unicodeScalars.contains { "\u{1B}\u{7}\u{9B}".unicodeScalars.contains($0) })
            }
        }
    }

    @Test func `a simulator that is not there is said at once, with what to do`() async throws {
        for command in [["events"], ["events", "--follow"], ["trigger", "invoice_paid", "--wait"], ["listen"]] {
            let program = try Program(command + ["--url", "http://127.0.0.1:1"])
            #expect(await program.end() == 1)
            #expect(program.errors.contains("no simulator responds at http://127.0.0.1:1"), "\(program.errors)")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `completions know the commands and their options`(shell: String) async throws {
        let program = try Program(["--generate-completion-script", shell])
        #expect(await program.end() == 0)
        for word in ["trigger", "listen", "forward-to"] {
            #expect(program.output.contains(word), "\(word)")
        }
    }
}
