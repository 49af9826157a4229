import HTTPTypes
import Hummingbird
import NIOCore
import Webhooks

/// What every page of the inspector has: its frame, its headers, its guard against forged forms.
struct InspectorFrame: Sendable {
    let clock: SimulatedClock
    /// Whether one must log in, and so can log out.
    let hasLogin: Bool
    /// In every form, and known to nobody who can't read the pages: another site's page can't make a form of its own.
    let formToken: String
    let notices = InspectorNotices()

    static let root = "/__admin/inspector"
    static let overview = "/__admin/"
    /// The rows of a page's list.
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

    /// 128 bits that nobody can guess, not even who knows the seed.
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
        // The answer to a form has an address that can't be asked for again; the form's page can.
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

    /// A page that says what went wrong.
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
                // Not `no-referrer`, with which a browser calls the origin of the pages' own forms null.
                .init("Referrer-Policy")!: "same-origin",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Back to a page, which shows what became of an action.
    func redirect(to path: String, notice text: String, isGood: Bool = true) -> Response {
        let separator = path.contains("?") ? "&" : "?"
        let number = notices.keep(text, isGood: isGood)
        return Response(status: .seeOther, headers: [.location: "\(path)\(separator)notice=\(number)"])
    }

    /// An instant as the template `time` shows it: how long ago by the virtual clock, and when.
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
    /// The first value of that name; a page overlooks what an API must refuse.
    func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

extension Routes {
    /// Adds a page, whose errors are pages too.
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
