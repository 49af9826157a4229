import FoundationEssentials
import StrictJSON
import Testing

/// Tests of where `serve` and the other commands take their options from, and of what they say about wrong ones.
@Suite(.serialized) struct EnvironmentTests {
    /// Runs `body` with a `serve` that has started, and its ready line.
    private func withServe(
        _ arguments: [String] = [], environment: [String: String] = [:], shell: String? = nil,
        _ body: (Program, JSON) async throws -> Void
    ) async throws {
        let program = try Program(["serve"] + arguments, environment: environment, shell: shell)
        await program.waitForOutput("\n")
        let ready = try? JSON(parsing: Array(program.output.utf8))
        do {
            try await body(program, try #require(ready, "\(program.errors)"))
        } catch {
            _ = await program.stop()
            throw error
        }
        #expect(await program.stop() == 0)
    }

    /// Returns a port on which nothing listens once it is returned.
    private static func freePort() throws -> Int { try ReservedPort(on: "0.0.0.0").port }

    @Test func `a variable that is empty is not given`() async throws {
        let names = [
            "SEED", "HOST", "STORE", "CLOCK", "PROFILE", "LOG_LEVEL", "RATE_LIMIT", "TLS_SELF_SIGNED", "READY_FILE",
            "ADMIN_TOKEN", "FAULT", "CLIENT_ID", "CONFIG", "URL", "CA_FILE", "RETRY_SCHEDULE",
        ]
        let environment = Dictionary(uniqueKeysWithValues: names.map { ("HOOKSIM_" + $0, "") })
        try await withServe(["--port", "0"], environment: environment) { _, ready in
            let url = try #require(ready["url"]?.string)
            #expect(ready["client_id"] == "sandbox" && url.hasPrefix("http://127.0.0.1:"))
            let health = try Program(["health", "--url", url], environment: environment)
            #expect(await health.end() == 0, "\(health.errors)")
        }
    }

    @Test func `a key without a value is not given`() async throws {
        try await withTemporaryStore { path in
            let file = path + ".yaml"
            try Data("admin-token: null\nstore: ~\nseed:\nfault: []\nport: 0\nallow-host: ['']\n".utf8).write(
                to: URL(filePath: file))
            try await withServe(["--config", file]) { _, ready in
                let url = try #require(ready["url"]?.string)
                #expect(try await TestClient(url).send(.get, "/__admin/clock").status == 200)
                #expect(!FileManager.default.fileExists(atPath: "~"))
            }
        }
    }

    @Test func `the address of a service is no port`() async throws {
        let links = [
            "HOOKSIM_PORT": "tcp://10.96.0.12:8080", "HOOKSIM_SERVICE_HOST": "10.96.0.12",
            "HOOKSIM_PORT_8080_TCP": "tcp://10.96.0.12:8080", "HOOKSIM_PORT_8080_TCP_ADDR": "10.96.0.12",
        ]
        try await withTemporaryStore { path in
            let file = path + ".yaml"
            try Data("port: 0\n".utf8).write(to: URL(filePath: file))
            try await withServe(environment: links.merging(["HOOKSIM_CONFIG": file]) { $1 }) { program, _ in
                #expect(
                    program.errors
                        == "hooksim: HOOKSIM_PORT holds the address of a service of this name, which is no value of it, so it is ignored\n"
                )
            }
        }
    }

    @Test func `a misspelt variable is said with the one that was meant`() async throws {
        try await withServe(["--port", "0"], environment: ["HOOKSIM_RETRY_SHEDULE": "0s", "HOOKSIM_BIN": "x"]) {
            program, _ in
            #expect(
                program.errors
                    == "hooksim: HOOKSIM_RETRY_SHEDULE is not read by hooksim; did you mean HOOKSIM_RETRY_SCHEDULE?\n")
        }
    }

    @Test(arguments: ["1", "yes", "ON", "True"])
    func `a switch takes the words that people write`(word: String) async throws {
        try await withServe(
            ["--port", "0"], environment: ["HOOKSIM_TLS_SELF_SIGNED": word, "HOOKSIM_LOG_LEVEL": "Warn"]
        ) { _, ready in
            #expect(ready["url"]?.string?.hasPrefix("https://") == true && ready["ca_file"]?.string != nil)
        }
    }

    @Test func `the other commands find the simulator by the variables of serve`() async throws {
        let port = try Self.freePort()
        let environment = [
            "HOOKSIM_PORT": "\(port)", "HOOKSIM_HOST": "0.0.0.0", "HOOKSIM_ADMIN_TOKEN": "a-token-of-16-letters",
            "HOOKSIM_TLS_SELF_SIGNED": "true",
        ]
        try await withServe(environment: environment) { _, ready in
            for command in [["health"], ["clock"], ["doctor"]] {
                let program = try Program(command, environment: environment)
                #expect(await program.end() == 0, "\(program.errors)")
            }
            let wrong = try Program(
                ["clock"], environment: environment.merging(["HOOKSIM_ADMIN_TOKEN": "another"]) { $1 })
            #expect(await wrong.end() == 1)
            #expect(
                wrong.errors == "hooksim: the admin token is wrong; name it with --admin-token or HOOKSIM_ADMIN_TOKEN\n"
            )
        }
    }

    @Test(
        arguments: [
            (["--host", "0.0.0.0", "--admin-token", ""], [:], "--host is not a loopback address"),
            (["--host", "0.0.0.0", "--admin-token", "null"], [:], "--host is not a loopback address"),
            (["--host", "0.0.0.0", "--admin-token", "short"], [:], "--admin-token must have at least 16 characters"),
            (["--store", ""], [:], "--store is empty; leave it out, or give it a value"),
            (["--port", "x"], [:], "--port must be a whole number from 0 to 65535, not x"),
            ([], ["HOOKSIM_PORT": "x"], "HOOKSIM_PORT must be a whole number from 0 to 65535, not x"),
            ([], ["HOOKSIM_HOST": "::"], "HOOKSIM_HOST is not a loopback address"),
            (["--retry-schedule", "0s 5s"], [:], "--retry-schedule [0] "),
            (["--rate-limit", "x"], [:], "--rate-limit must be 1…"),
            (["--fault", "flakey"], [:], "--fault has no preset flakey; did you mean flaky?"),
            (["--tls-key", "k.pem"], [:], "--tls-key needs the certificate of that key in --tls-cert"),
            (["--log-level", "loud"], [:], "--log-level must be trace, debug,"),
        ] as [([String], [String: String], String)])
    func `a wrong value is said where it was given`(
        arguments: [String], environment: [String: String], message: String
    ) async throws {
        let program = try Program(["serve"] + arguments, environment: environment)
        #expect(await program.end() == 2)
        #expect(program.errors.hasPrefix("hooksim: " + message) && program.output.isEmpty, "\(program.errors)")
        #expect(program.errors.split(separator: "\n").count == 1, "\(program.errors)")
    }

    @Test(arguments: [
        ("store: a\nport: x\n", ":2:7: port must be a whole number from 0 to 65535, not x"),
        ("port: 1\nprot: 2\n", ":2:1: prot is not an option of serve; did you mean port?"),
        ("port: 1\nport: 2\n", ":2:1: "), ("port: [1\n", ":2:1: "), ("- port\n", ":1:1: this is a list;"),
        ("seed: {a: 1}\n", ":1:7: seed is a mapping; expected a single value or a list of them"),
        ("{\"port\": \"x\"}", ":1:10: port must be"), ("a: \u{FFFF}\n", ":1:4: "),
    ])
    func `a problem of the configuration file has its line and column`(text: String, message: String) async throws {
        try await withTemporaryStore { path in
            let file = path + ".yaml"
            try Data(text.utf8).write(to: URL(filePath: file))
            for way in ["\"$@\" --config '\(file)'", "\"$@\" --config - <'\(file)'", "HOOKSIM_CONFIG='\(file)' \"$@\""]
            {
                let program = try Program(["serve"], shell: way)
                #expect(await program.end() == 2)
                let name = way.contains("<") ? "standard input" : file
                #expect(program.errors.hasPrefix("hooksim: \(name)\(message)"), "\(program.errors)")
                #expect(program.errors.split(separator: "\n").count == 1, "\(program.errors)")
            }
        }
    }
}
