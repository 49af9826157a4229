import FoundationEssentials
import Synchronization
import Webhooks

/// The environment variables that begin with `HOOKSIM_`.
enum EnvironmentVariables {
    private static let prefix = "HOOKSIM_"

    /// The variables that are no options of `serve`.
    private static let own = ["HOOKSIM_URL", "HOOKSIM_CA_FILE", "HOOKSIM_CONFIG"]

    /// The variables that have been noted on standard error, each once.
    private static let noted = Mutex<Set<String>>([])

    /// Returns the name of the variable of an option, without its dashes in front.
    static func name(ofOption option: String) -> String { prefix + option.uppercased().replacing("-", with: "_") }

    /// Returns the value of a variable. One that is empty is not given, as templates leave it empty.
    ///
    /// Kubernetes and Docker set `HOOKSIM_PORT` to an address if a service is named `hooksim`. Such a value is ignored
    /// with a notice.
    static func value(_ name: String) -> String? {
        guard let text = Terminal.variable(name) else { return nil }
        guard !["tcp://", "udp://", "sctp://"].contains(where: text.hasPrefix) else {
            note(name, "holds the address of a service of this name, which is no value of it, so it is ignored")
            return nil
        }
        return text
    }

    /// Says which variables are probably misspelt. Other unknown ones may belong to other programs.
    static func noteMisspelt() {
        let known = known.map { String($0.dropFirst(prefix.count)) }
        for name in unknown {
            let rest = String(name.dropFirst(prefix.count))
            guard let meant = Suggestion.nearest(to: rest, among: known.map { $0.lowercased() }) else { continue }
            note(name, "is not read by hooksim; did you mean \(prefix)\(meant.uppercased())?")
        }
    }

    /// The names that no command reads, in order, without those that a service of the name `hooksim` brings.
    static var unknown: [String] {
        let known = Set(known)
        return ProcessInfo.processInfo.environment.keys.filter { name in
            name.hasPrefix(prefix) && !known.contains(name) && !name.hasPrefix("HOOKSIM_SERVICE_")
                && !name.hasPrefix("HOOKSIM_PORT_")
        }.sorted()
    }

    private static var known: [String] { own + GivenOptions.keys.map(name(ofOption:)) }

    private static func note(_ name: String, _ text: String) {
        guard noted.withLock({ $0.insert(name).inserted }) else { return }
        Terminal.error("\(name) \(text)")
    }
}
