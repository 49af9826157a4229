import FoundationEssentials
import HooksimServer
import StrictJSON
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What `serve` says once the simulator accepts connections.
struct ReadyAnnouncement {
    /// The ready line, a JSON object for programs.
    let line: String
    /// A few lines for people.
    let banner: String
    /// The address of the inspector.
    let inspector: String

    init(_ simulator: Simulator, _ options: SimulatorOptions, authority: AuthorityFile?) {
        inspector = simulator.url + "/"
        var object = JSONObject([
            ("event", "ready"), ("url", .string(simulator.url)), ("admin_url", .string(simulator.url + "/__admin")),
            ("client_id", .string(options.clientID)), ("client_secret", .string(options.clientSecret)),
            ("pid", .number(getpid())), ("version", .string(HooksimVersion.current)), ("seed", .number(simulator.seed)),
        ])
        switch authority?.place {
        case .file(let path)?: object["ca_file"] = .string(path)
        case .nowhere(let pem)?: object["ca_pem"] = .string(pem)
        case nil: break
        }
        line = JSON.object(object).description

        var rows = [
            ("client id", options.clientID), ("client secret", options.clientSecret), ("inspector", inspector),
        ]
        var variables = simulator.url == "http://127.0.0.1:8080" ? [] : ["HOOKSIM_URL=\(simulator.url)"]
        if case .file(let path)? = authority?.place {
            rows.append(("authority", path))
            variables.append("HOOKSIM_CA_FILE=\(path)")
        }
        if options.adminToken != nil { variables.append("HOOKSIM_ADMIN_TOKEN=…") }
        let steps =
            (variables.isEmpty ? [] : ["export " + variables.joined(separator: " ")])
            + ["hooksim listen & hooksim trigger invoice_paid"]
        var lines = ["hooksim \(HooksimVersion.current) is ready at \(simulator.url); ^C stops it", ""]
        lines += rows.map { "  " + Terminal.pad($0.0, 15) + Terminal.sanitized($0.1) }
        lines += ["", "In another terminal:", ""] + steps.map { "  " + $0 } + [""]
        banner = lines.joined(separator: "\n") + "\n"
    }
}

/// The file of the certificate authority that clients have to trust, which exists for as long as the simulator runs.
struct AuthorityFile {
    enum Place {
        case file(String)
        /// There is no folder for it, so it is only in the ready line, in PEM.
        case nowhere(pem: String)
    }

    /// The beginning of the file's name.
    static let prefix = "hooksim-ca-"

    let place: Place

    /// Writes the file to the temporary folder.
    init(pem: String) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(Self.prefix)\(getpid()).pem").path
        do {
            try OutputFile.write(pem, to: path)
            place = .file(path)
        } catch {
            Terminal.error("\(error), so the certificate authority is in the ready line alone, as ca_pem")
            place = .nowhere(pem: pem)
        }
    }

    func remove() {
        if case .file(let path) = place { unlink(path) }
    }
}
