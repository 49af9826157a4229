import HTTPTypes
import Hummingbird
import Synchronization

/// The browsers in which somebody has shown the admin token. They are known by a cookie, until the simulator stops.
final class InspectorSessions: Sendable {
    private static let maxOpen = 64

    /// The oldest first.
    private let sessions = Mutex<[String]>([])

    /// Returns the name of a new one.
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

    /// The value of `Set-Cookie`. No script reads it, and no other site's page or link has it sent.
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

    /// Cookies know no ports, so the name does: simulators beside each other don't log each other's users out.
    private static func cookieName(_ request: Request) -> String {
        let port = (request.head.authority ?? "").split(separator: ":").last.flatMap { Int($0) }
        return "hooksim_session_\(port ?? 80)"
    }
}
