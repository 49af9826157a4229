import HTTPTypes
import Hummingbird
import Synchronization

/// The sessions of browsers whose users have logged in with the admin token. Each is identified by a cookie, and ends
/// with the simulator at the latest.
final class InspectorSessions: Sendable {
    private static let maxOpen = 64

    /// The names of the sessions, the oldest first.
    private let sessions = Mutex<[String]>([])

    /// Opens a session and returns its name.
    func open() -> String {
        let session = InspectorFrame.secret()
        sessions.withLock { $0 = $0.suffix(Self.maxOpen - 1) + [session] }
        return session
    }

    func close(_ request: Request) {
        guard let session = Self.session(request) else { return }
        sessions.withLock { $0.removeAll { $0 == session } }
    }

    func holds(_ request: Request) -> Bool {
        guard let session = Self.session(request) else { return false }
        return sessions.withLock { $0.contains(session) }
    }

    /// Returns the value of `Set-Cookie` for a session. Scripts can't read the cookie, and requests from pages or links
    /// of other sites do not send it.
    static func cookie(_ session: String, for request: Request) -> String {
        "\(cookieName(request))=\(session); Path=\(ControlGuard.prefix); HttpOnly; SameSite=Strict"
    }

    private static func session(_ request: Request) -> String? {
        let start = cookieName(request) + "="
        for header in request.headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                if pair.hasPrefix(start) { return String(pair.dropFirst(start.count)) }
            }
        }
        return nil
    }

    /// Returns the name of the cookie, with the port in it: cookies are shared by all ports of a host, and a simulator
    /// must not log out the users of another.
    private static func cookieName(_ request: Request) -> String {
        let port = (request.head.authority ?? "").split(separator: ":").last.flatMap { Int($0) }
        return "hooksim_session_\(port ?? 80)"
    }
}
