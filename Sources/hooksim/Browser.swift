import class Foundation.Thread

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Opens pages in the user's browser.
enum Browser {
    /// Opens an address. If no browser can be started, the address is said instead.
    static func open(_ url: String) {
        for command in commands {
            var words = command.split(separator: " ").map(String.init)
            guard !words.isEmpty else { continue }
            if let place = words.firstIndex(where: { $0.contains("%s") }) {
                words[place] = words[place].replacing("%s", with: url)
            } else {
                words.append(url)
            }
            if start(words) { return }
        }
        Terminal.error("no browser can be started; open \(url)")
    }

    /// The commands to try in order. BROWSER has colons between them, and %s in the place of the address.
    private static var commands: [String] {
        if let browsers = Terminal.variable("BROWSER") { return browsers.split(separator: ":").map(String.init) }
        #if os(macOS)
            return ["open"]
        #else
            return ["xdg-open"]
        #endif
    }

    /// Starts a program in the background, and returns whether it exists.
    private static func start(_ words: [String]) -> Bool {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // What a browser prints must not be mistaken for the ready line.
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0)
        }
        // With a group of its own, ^C does not reach the browser.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        guard posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ) == 0 else { return false }
        let started = process
        Thread.detachNewThread {
            var status: Int32 = 0
            while waitpid(started, &status, 0) == -1, errno == EINTR {}
        }
        return true
    }
}
