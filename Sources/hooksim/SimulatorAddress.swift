import FoundationEssentials
import HooksimClient
import HooksimServer
import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The address of a running simulator, and what is needed to send requests to it.
///
/// It is `--url` or `HOOKSIM_URL`. Without them, it is the address of the `serve` that has the same environment, as in a
/// container whose health check runs beside the simulator.
struct SimulatorAddress {
    let url: String
    let adminToken: String?
    /// The authority to trust, in PEM.
    private(set) var authority: String?

    /// Finds the address.
    ///
    /// - Parameters:
    ///   - url: The value of `--url`.
    ///   - adminToken: The value of `--admin-token`.
    ///   - authorityFile: The value of `--ca-file`.
    ///   - server: The options of the `serve` at whose address the simulator is; by default those in the environment.
    /// - Throws: ``CommandFailure`` that names the wrong option, variable or key.
    init(url: String?, adminToken: String?, authorityFile: String?, of server: GivenOptions? = nil) throws {
        let variable = EnvironmentVariables.value("HOOKSIM_URL")
        var token = adminToken ?? EnvironmentVariables.value("HOOKSIM_ADMIN_TOKEN")
        if let given = url ?? variable {
            self.url = try Self.checked(given, url == nil ? "HOOKSIM_URL" : "--url")
        } else {
            let server = try server ?? GivenOptions()
            if let ready = Self.readyLine(in: server.text("ready-file")), let url = ready["url"]?.string {
                self.url = url
                authority = ready["ca_pem"]?.string ?? ready["ca_file"]?.string.flatMap(Self.regularFile)
            } else {
                self.url = try Self.url(of: server)
                if try server.flag("tls-self-signed") { authority = Self.authorities() }
            }
            token = token ?? server.adminToken
        }
        self.adminToken = GivenOptions.token(token)
        guard let path = authorityFile ?? EnvironmentVariables.value("HOOKSIM_CA_FILE") else { return }
        let file = try InputFile(path: path)
        let text = try file.text()
        guard (try? ControlClient(url: self.url, certificateAuthority: text)) != nil else {
            throw CommandFailure(description: "\(file.name) has no certificate in PEM that can be read", status: 2)
        }
        authority = text
    }

    /// Returns a client of the simulator.
    func client() -> ControlClient {
        let trusting = authority.flatMap {
            try? ControlClient(url: url, adminToken: adminToken, certificateAuthority: $0)
        }
        return trusting ?? ControlClient(url: url, adminToken: adminToken)
    }

    private static func checked(_ url: String, _ origin: String) throws -> String {
        let scheme = ["http://", "https://"].first { url.lowercased().hasPrefix($0) }
        guard let scheme, url.count > scheme.count, !url.contains(where: \.isWhitespace) else {
            throw CommandFailure(
                description: "\(origin) must start with http:// or https:// and a host, not \(Terminal.sanitized(url))",
                status: 2)
        }
        return url
    }

    private static func url(of server: GivenOptions) throws -> String {
        var options = SimulatorOptions()
        options.host = server.text("host") ?? options.host
        let port = try server.number("port", in: 0...65535) ?? 8080
        guard port != 0 else {
            throw server.wrong("port", "is any free one; name the simulator's address with --url or HOOKSIM_URL")
        }
        let isSecure = try server.flag("tls-self-signed") || server.text("tls-cert") != nil
        return "\(isSecure ? "https" : "http")://\(options.reachableHost):\(port)"
    }

    /// Returns the ready line in a file; `nil` if it is none. A pipe is left to its reader.
    private static func readyLine(in path: String?) -> JSON? {
        guard let text = path.flatMap(regularFile) else { return nil }
        return try? JSON(parsing: text.utf8)
    }

    private static func regularFile(_ path: String) -> String? {
        guard FileStatus(ofPath: path)?.isRegular == true else { return nil }
        return try? InputFile(path: path).text()
    }

    /// Returns the authorities of the simulators of this user that run on this machine, in PEM.
    private static func authorities() -> String? {
        let folder = FileManager.default.temporaryDirectory
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let found = names.filter { $0.hasPrefix(AuthorityFile.prefix) }.compactMap { name -> String? in
            let path = folder.appendingPathComponent(name).path
            // Another user could put an authority of their own there.
            guard FileStatus(ofPath: path, followsLink: false)?.owner == geteuid() else { return nil }
            return regularFile(path)
        }
        return found.isEmpty ? nil : found.joined(separator: "\n")
    }
}

extension SimulatorAddress {
    /// Checks that the simulator responds, and accepts the admin token.
    ///
    /// - Throws: ``CommandFailure``.
    func check() async throws {
        do {
            _ = try await client().clock()
        } catch let error as HooksimError {
            throw await failure(error)
        }
    }

    /// Returns the failure of a request, with a message that names options instead of requests.
    func failure(_ error: HooksimError) async -> CommandFailure {
        switch error {
        case .notReachable(let url, let problem):
            return CommandFailure(description: await message(about: url, problem))
        case .refused(let refusal) where refusal.status == 401 && refusal.request.contains(" /__admin"):
            let start = adminToken == nil ? "the control API needs its admin token" : "the admin token is wrong"
            return CommandFailure(description: "\(start); name it with --admin-token or HOOKSIM_ADMIN_TOKEN")
        case .refused(let refusal):
            // Statuses 400 and 422 mean that an argument has no valid value, which is a usage error.
            return CommandFailure(description: refusal.message, status: [400, 422].contains(refusal.status) ? 2 : 1)
        case .otherService(let url, let request, let status):
            return CommandFailure(
                description:
                    "another service responds at \(url) (status \(status) to \(request)); name the simulator's address with --url or HOOKSIM_URL"
            )
        case .unexpectedResponse, .expectationNotMet: return CommandFailure(description: error.description)
        }
    }

    private func message(about url: String, _ problem: ConnectionProblem) async -> String {
        let other = "name the simulator's address with --url or HOOKSIM_URL"
        switch problem {
        case .refused:
            return
                "no simulator responds at \(url): \(problem); start one with `hooksim serve`, or \(other)"
        case .untrustedCertificate:
            return
                "the certificate of \(url) is not trusted; name its authority with --ca-file or HOOKSIM_CA_FILE (ca_file in the ready line of `hooksim serve`)"
        case .notSecure: return "\(url) is not https; write http:// in --url or HOOKSIM_URL"
        case .closed, .notHTTP:
            if url.hasPrefix("http://"), await HTTPTransport.isSecure(url) {
                return "\(url) is https; write https:// in --url or HOOKSIM_URL, and name its authority with --ca-file"
            }
            return problem == .closed
                ? "the simulator at \(url) is gone: \(problem)"
                : "no simulator responds at \(url): \(problem); \(other)"
        case .wrongHost, .unknownHost, .unreachable, .timedOut, .other:
            return "no simulator responds at \(url): \(problem); \(other)"
        }
    }
}
