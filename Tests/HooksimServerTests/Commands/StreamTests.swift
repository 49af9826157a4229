import FoundationEssentials
import StrictJSON
import Testing

/// Tests of what commands read and write: standard streams, pipes, and files in each encoding.
@Suite(.serialized) struct StreamTests {
    @Test(arguments: [
        (">/dev/full", "standard output can't be written: No space left on device"),
        (">&-", "standard output can't be written: it is closed"),
    ])
    func `output that can't be written is an error with its reason`(to output: String, reason: String) async throws {
        try await withSimulator { client in
            let commands = [
                ["health"], ["clock"], ["events"], ["faults", "list", "--presets"], ["record", "-o", "-"], ["doctor"],
                ["reset"], ["--help"], ["--version"], ["trigger", "invoice_paid"],
            ]
            for command in commands {
                let program = try Program(
                    command, environment: ["HOOKSIM_URL": client.url], shell: "exec \"$@\" \(output)")
                #expect(await program.end() == 1, "\(command)")
                #expect(program.errors == "hooksim: \(reason)\n", "\(command)")
            }
        }
    }

    @Test func `a command whose reader leaves ends quietly`() async throws {
        try await withSimulator { client in
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            let follow = try Program(
                ["events", "--follow", "--url", client.url], shell: "{ \"$@\"; echo status $? >&2; } | head -n 1")
            await follow.waitForErrors("following")
            for _ in 0..<2 { try await client.trigger() }
            await follow.waitForErrors("status")
            #expect(follow.errors.hasSuffix("^C ends it\nstatus 141\n"), "\(follow.errors)")
            #expect(await follow.end() == 0)
        }
    }

    @Test func `output to a pipe that does not block is whole`() async throws {
        // The reader makes the pipe non-blocking, and reads nothing until the program has filled it.
        let reader =
            "import fcntl,os,sys,time\nfcntl.fcntl(0,fcntl.F_SETFL,os.O_NONBLOCK)\ntime.sleep(1)\n"
            + "fcntl.fcntl(0,fcntl.F_SETFL,0)\nprint(len(sys.stdin.buffer.read()))"
        let list = try Program(
            ["serve", "--help"],
            shell:
                "{ i=0; while [ $i -lt 20 ]; do \"$@\" || echo failed >&2; i=$((i + 1)); done; } | python3 -c '\(reader)'"
        )
        #expect(await list.end() == 0)
        let single = try Program(["serve", "--help"])
        #expect(await single.end() == 0)
        #expect(
            list.errors.isEmpty && list.output == "\(single.output.utf8.count * 20)\n", "\(list.output)\(list.errors)")
    }

    @Test(arguments: [
        "\"$@\" FILE", "\"$@\" - <FILE", "cat FILE | \"$@\" /dev/stdin", "mkfifo P; cat FILE >P & \"$@\" P",
    ])
    func `a scenario is read from wherever it comes, with any line ends`(way: String) async throws {
        try await withTemporaryStore { store in
            let folder = URL(filePath: store).deletingLastPathComponent()
            let step = "steps:\n  - clear_faults: {}\n"
            let texts: [(bytes: [UInt8], error: String?)] = [
                (Array(step.utf8), nil), (Array(step.replacing("\n", with: "\r\n").utf8), nil),
                ([0xEF, 0xBB, 0xBF] + Array(step.utf8), nil),
                (Array("steps:\n  - é".utf8) + [0xFF], ":2:6: the text is not UTF-8; save it as UTF-8"),
                ([0xFF, 0xFE, 0x41, 0], ":1:1: the text is UTF-16; save it as UTF-8"),
                (Array("steps:\r\n  - nothing: {}\r\n".utf8), ":2:5: there is no step nothing"),
            ]
            for (bytes, error) in texts {
                try Data(bytes).write(to: folder.appending(path: "scenario.yaml"))
                let script = way.replacing("FILE", with: "scenario.yaml")
                let program = try Program(["replay"], shell: "cd '\(folder.path)'; rm -f P; \(script)")
                #expect(await program.end() == (error == nil ? 0 : 2), "\(program.errors)")
                #expect(
                    program.errors.contains(error ?? "")
                        && program.errors.split(separator: "\n").count == (error == nil ? 0 : 1), "\(program.errors)")
            }
        }
    }

    @Test func `a file that can't be read is named with the reason`() async throws {
        for (path, reason) in [("/nonexistent/a.yaml", "No such file or directory"), ("/", "Is a directory")] {
            let program = try Program(["replay", path])
            #expect(await program.end() == 2)
            #expect(program.errors == "\(path) can't be read: \(reason)\n")
        }
    }

    @Test func `an exit status without a message writes nothing to standard error`() async throws {
        try await withSimulator { client in
            let program = try Program(["doctor", "--store", "/nonexistent/store.db", "--port", "0"])
            #expect(await program.end() == 1)
            #expect(program.errors.isEmpty, "\(program.errors)")
        }
    }

    @Test(arguments: [["TERM": "dumb"], ["NO_COLOR": "1"]])
    func `a terminal that takes no escape codes gets none`(environment: [String: String]) async throws {
        let program = try Program(
            ["doctor", "--port", "0"], environment: ["NO_COLOR": ""].merging(environment) { _, new in new },
            isOnTerminal: true)
        _ = await program.end()
        #expect(program.output.contains("hooksim") && !program.output.contains("\u{1B}"))
    }

    @Test(arguments: [
        (["trigerr", "x"], "there is no command trigerr; did you mean trigger?"),
        (["help", "triger"], "there is no command triger; did you mean trigger?"),
        (["help", "clock", "advanse"], "there is no command clock advanse; did you mean clock advance?"),
        (["clock", "advanse", "5m"], "there is no command clock advanse; did you mean clock advance?"),
        (["faults", "x"], "there is no command faults x; they are list, add, clear"),
    ])
    func `a command that does not exist is said with the one that was meant`(arguments: [String], message: String)
        async throws
    {
        let program = try Program(arguments)
        #expect(await program.end() == 2)
        #expect(program.errors == "hooksim: \(message)\n")
    }

    @Test func `rows fit the terminal below a header, and are whole in a pipe`() async throws {
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe("payout_processing", to: "http://127.0.0.1:1/", token: try await client.token())
            let id = try await client.trigger("payout_processing")[0]
            try await client.expect("events", ["status": "failed"], count: 1)
            let list = ["events", "--url", client.url]
            for width in [80, 100, 200] {
                let fitted = try Program(list, environment: ["COLUMNS": "\(width)"])
                #expect(await fitted.end() == 0)
                let lines = fitted.output.split(separator: "\n")
                try #require(lines.count == 2, "\(fitted.output)")
                #expect(lines[0].hasPrefix("CREATED") && lines[1].contains(id), "\(fitted.output)")
                #expect(lines.allSatisfy { $0.count <= width }, "\(fitted.output)")
            }
            let whole = try Program(list, environment: ["COLUMNS": ""])
            #expect(await whole.end() == 0)
            #expect(whole.output.split(separator: "\n").count == 1)
            for part in [id, "payout_processing", "attempts: 1", "connection refused"] {
                #expect(whole.output.contains(part), "\(whole.output)")
            }
        }
    }

    @Test(arguments: [
        (["trigger", "invoice_payd"], "the topic invoice_payd is not known; did you mean invoice_paid?"),
        (["faults", "add", "flakey"], "there is no preset flakey; did you mean flaky?"),
        (["events", "--status", "deliverd"], "must be pending, delivered or failed; did you mean delivered?"),
    ])
    func `a word that is not known is said with the one that was meant`(arguments: [String], message: String)
        async throws
    {
        let program = try Program(arguments)
        #expect(await program.end() == 2)
        #expect(program.errors.contains(message), "\(program.errors)")
    }

    @Test func `a fault rule and the data of an event are read from standard input`() async throws {
        try await withSimulator { client in
            let rule = try Program(
                ["faults", "add", "@-", "--output", "json", "--url", client.url],
                shell: #"echo '{"target": "api", "effect": {"status": 503}}' | "$@""#)
            #expect(await rule.end() == 0, "\(rule.errors)")
            #expect(try JSON(parsing: Array(rule.output.utf8))["effect"] == ["status": 503])
            let wrong = try Program(
                ["trigger", "invoice_paid", "--data", "-", "--url", client.url], shell: #"printf 'a\377' | "$@""#)
            #expect(await wrong.end() == 2)
            #expect(wrong.errors == "hooksim: standard input:1:2: the text is not UTF-8; save it as UTF-8\n")
        }
    }
}
