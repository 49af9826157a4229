import HTTPTypes
import Hummingbird
import NIOCore
import Webhooks

/// The common parts of the inspector's pages: the frame, the headers, and the protection against forged forms.
struct InspectorFrame: Sendable {
    let clock: SimulatedClock
    /// Whether users have to log in, and so can log out.
    let hasLogin: Bool
    /// The token in every form, which only a program that can read the pages knows, so that a page of another site
    /// can't forge a form.
    let formToken: String
    let notices = InspectorNotices()

    static let root = "/__admin/inspector"
    static let overview = "/__admin/"
    /// The maximum number of rows in a page's list.
    static let rows = 50

    private static let pages = [
        ("Overview", overview), ("Events", "\(root)/events"), ("Trigger", "\(root)/trigger"),
        ("Subscriptions", "\(root)/subscriptions"), ("API requests", "\(root)/requests"), ("Faults", "\(root)/faults"),
        ("Scenarios", "\(root)/scenarios"),
    ]

    init(clock: SimulatedClock, hasLogin: Bool) {
        self.clock = clock
        self.hasLogin = hasLogin
        formToken = Self.secret()
    }

    /// Returns 128 random bits that can't be guessed, even from the seed.
    static func secret() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
    }

    func render(
        _ template: String, title: String, _ request: Request, status: HTTPResponse.Status = .ok,
        _ content: [String: Any]
    ) -> Response {
        var context = content
        let (mode, now) = clock.read()
        context["title"] = title
        context["clock"] = ["mode": mode.rawValue, "now": now.description, "shown": now.description]
        context["version"] = HooksimVersion.current
        context["hasLogin"] = hasLogin
        context["formToken"] = formToken
        let current = Self.pages.last { request.uri.path.hasPrefix($0.1) }?.1
        // The path of a form's response can't be loaded again; that of the form's page can.
        if request.method == .post { context["page"] = current }
        context["pages"] = Self.pages.map { name, href -> [String: Any] in
            ["name": name, "href": href, "current": href == current]
        }
        if let number = (try? request.queryFields())?.first("notice"), let notice = notices.take(number) {
            context["notice"] = ["kind": notice.isGood ? "good" : "bad", "text": notice.text]
        } else if let problem = content["problem"] as? String {
            context["notice"] = ["kind": "bad", "text": problem]
        }
        return Self.asset(
            Array(InspectorTemplates.render(template, context).utf8), "text/html; charset=utf-8", status: status)
    }

    /// Returns a page that shows an error.
    func render(_ error: APIError, _ request: Request) -> Response {
        var response = render(
            "problem", title: "That did not work", request, status: error.status, ["problem": error.message])
        response.headers.append(contentsOf: error.headers)
        return response
    }

    static func asset(_ bytes: [UInt8], _ type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: type, .cacheControl: "no-store",
                .contentSecurityPolicy:
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                .xContentTypeOptions: "nosniff",
                // The policy is not `no-referrer`, with which a browser sends the origin `null` with the pages' own
                // forms.
                .init("Referrer-Policy")!: "same-origin",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Returns a redirect to a page, which then shows the result of an action.
    func redirect(to path: String, notice text: String, isGood: Bool = true) -> Response {
        let separator = path.contains("?") ? "&" : "?"
        let number = notices.keep(text, isGood: isGood)
        return Response(status: .seeOther, headers: [.location: "\(path)\(separator)notice=\(number)"])
    }

    /// Returns an instant for the template `time`: its distance from the virtual time, and the instant itself.
    func time(_ instant: Timestamp) -> [String: Any] {
        let (now, text) = (clock.now, instant.description)
        let time = text.dropFirst(11)
        return [
            "at": text, "ago": RelativeTime.text(instant - now),
            "clock": instant.day == now.day ? String(time.prefix(12)) : "\(instant.day) \(time.prefix(8))",
        ]
    }
}

extension FormFields {
    /// Returns the first value of a name; the pages ignore repeated fields, which the API refuses.
    func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension Routes {
    /// Adds a page, whose errors are shown as pages too.
    mutating func addPage(
        _ method: HTTPRequest.Method, _ path: String, in frame: InspectorFrame, _ handler: @escaping Route.Handler
    ) {
        addPage(method, path) { request, context in
            do {
                return try await handler(request, context)
            } catch let error as APIError {
                return frame.render(error, request)
            } catch let failure as ValidationFailure {
                return frame.render(.validation(failure), request)
            }
        }
    }
}
