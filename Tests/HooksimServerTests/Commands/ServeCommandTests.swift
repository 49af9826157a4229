import FoundationEssentials
import StrictJSON
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tests of how `serve` starts, announces itself, and stops.
@Suite(.serialized) struct ServeCommandTests {
    private func ready(_ program: Program) async throws -> JSON {
        await program.waitForOutput("\n")
        return try JSON(parsing: Array(program.output.utf8))
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `a signal stops it with status 0, and the files that it has created are removed`(signal: Int32) async throws {
        try await withTemporaryStore { path in
            let file = path + ".ready"
            let program = try Program(["serve", "--port", "0", "--tls-self-signed", "--ready-file", file])
            let authority = try #require(try await ready(program)["ca_file"]?.string)
            await waitUntil { !text(of: file).isEmpty }
            #expect(text(of: file) == program.output)
            program.send(signal)
            #expect(await program.end() == 0)
            for path in [file, authority] { #expect(!FileManager.default.fileExists(atPath: path), "\(path)") }
        }
    }

    @Test func `a second interruption stops it at once, while a delivery is under way`() async throws {
        let receiver = try await Receiver { _, _ in .hang }
        let program = try Program(["serve", "--port", "0", "--delivery-timeout", "1h"])
        let client = TestClient(try #require(try await ready(program)["url"]?.string))
        try await client.subscribe(to: receiver.url, token: try await client.token())
        try await client.trigger()
        await receiver.wait(untilReceived: 1)
        program.send(SIGINT)
        await program.waitForErrors("stopping; ^C again stops at once")
        program.send(SIGINT)
        #expect(await program.end() == 130)
        try await receiver.stop()
    }

    @Test func `the ready file keeps its permissions, and can be a pipe`() async throws {
        try await withTemporaryStore { path in
            let file = path + ".ready"
            #expect(creat(file, 0o600) >= 0)
            let program = try Program(["serve", "--port", "0", "--ready-file", file])
            let line = try await ready(program)
            await waitUntil { !text(of: file).isEmpty }
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect((attributes[.posixPermissions] as? Int) == 0o600)
            #expect(await program.stop() == 0)

            let piped = try Program(
                ["serve", "--port", "0"],
                shell:
                    "mkfifo '\(path).fifo'; \"$@\" --ready-file '\(path).fifo' >/dev/null & cat '\(path).fifo'; kill $!; wait $!"
            )
            #expect(await piped.end() == 0)
            #expect(try JSON(parsing: Array(piped.output.utf8))["event"] == line["event"])
        }
    }

    @Test func `a ready line that can't be written is an error unless a file has it`() async throws {
        let lost = try Program(["serve", "--port", "0"], shell: "exec \"$@\" >/dev/full")
        #expect(await lost.end() == 1)
        #expect(lost.errors.hasPrefix("hooksim: standard output can't be written: No space left on device"))
        let closed = try Program(["serve", "--port", "0"], shell: "exec \"$@\" >&-")
        #expect(await closed.end() == 1)
        #expect(closed.errors.hasPrefix("hooksim: standard output can't be written: it is closed"))
        try await withTemporaryStore { path in
            let file = path + ".ready"
            let program = try Program(["serve", "--port", "0", "--ready-file", file], shell: "exec \"$@\" >&- <&-")
            await waitUntil { !text(of: file).isEmpty }
            let url = try JSON(parsing: Array(text(of: file).utf8))["url"]?.string
            #expect(try await TestClient(try #require(url)).send(.get, "/__admin/health").status == 200)
            #expect(await program.stop() == 0)
        }
    }

    @Test func `a terminal gets a banner, and the ready line if it is asked for`() async throws {
        let program = try Program(
            ["serve", "--port", "0", "--client-id", "shop"], environment: ["NO_COLOR": ""], isOnTerminal: true)
        await program.waitForOutput("hooksim trigger")
        for part in ["is ready at http://127.0.0.1:", "shop", "sandbox-secret", "inspector", "export HOOKSIM_URL=http"]
        {
            #expect(program.output.contains(part), "\(program.output)")
        }
        #expect(!program.output.contains("{"))
        #expect(await program.stop() == 0)
        let json = try Program(["serve", "--port", "0", "--output", "json"], isOnTerminal: true)
        #expect(try await ready(json)["event"] == "ready")
        #expect(await json.stop() == 0)
    }

    @Test func `the inspector is opened in the browser of the environment`() async throws {
        try await withTemporaryStore { path in
            let browser = path + ".sh"
            try Data("#!/bin/sh\necho noise; echo \"$2\" >'\(path).opened'\n".utf8).write(to: URL(filePath: browser))
            chmod(browser, 0o700)
            let program = try Program(
                ["serve", "--port", "0", "--open"], environment: ["BROWSER": "nowhere:\(browser) --new %s"])
            let url = try #require(try await ready(program)["url"]?.string)
            await waitUntil { text(of: path + ".opened").hasSuffix("\n") }
            #expect(text(of: path + ".opened") == url + "/\n")
            #expect(await program.stop() == 0)
            #expect(!program.output.contains("noise"))
        }
    }

    @Test func `without a temporary folder, the authority is in the ready line`() async throws {
        let program = try Program(
            ["serve", "--port", "0", "--tls-self-signed"], environment: ["TMPDIR": "/nonexistent"])
        let line = try await ready(program)
        #expect(line["ca_pem"]?.string?.hasPrefix("-----BEGIN CERTIFICATE-----") == true && line["ca_file"] == nil)
        #expect(program.errors.contains("can't be written") && program.errors.contains("ca_pem"), "\(program.errors)")
        #expect(await program.stop() == 0)
    }

    @Test(arguments: [
        "unset HOME; exec \"$@\"", "export LC_ALL=xx_YY TZ=Nowhere/Else; exec \"$@\"", "ulimit -n 64; exec \"$@\"",
        "export HTTP_PROXY=http://127.0.0.1:1 http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1; exec \"$@\"",
    ])
    func `it works in an unusual environment`(shell: String) async throws {
        let receiver = try await Receiver()
        let program = try Program(["serve", "--port", "0"], shell: shell)
        let url = try #require(try await ready(program)["url"]?.string, "\(program.errors)")
        let client = TestClient(url)
        try await client.subscribe(to: receiver.url, token: try await client.token())
        let trigger = try Program(["trigger", "invoice_paid", "--wait", "--url", url], shell: shell)
        #expect(await trigger.end() == 0, "\(trigger.errors)")
        #expect(await program.stop() == 0)
        try await receiver.stop()
    }

    /// Returns the text of a file; it is empty if there is none.
    private func text(of path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Returns once a condition is met; it gives up after a minute.
    private func waitUntil(_ isMet: () -> Bool) async {
        for _ in 0..<6000 where !isMet() { try? await Task.sleep(for: .milliseconds(10)) }
    }
}
