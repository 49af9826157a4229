import HTTPTypes
import Hummingbird
import NIOCore
import Webhooks

/// What every page of the inspector has: its frame, its headers, its guard against forged forms.
struct InspectorPage: Sendable {
    let clock: SimulatedClock
    /// In every form, and known to nobody who can't read the pages: another site's page can't make a form of its own.
    let formToken: String
    let notices = InspectorNotices()

    static let root = "/__admin/inspector"

    private static let pages = [
        ("Overview", "/__admin/"), ("Events", "\(root)/events"), ("Subscriptions", "\(root)/subscriptions"),
        ("API calls", "\(root)/calls"), ("Faults", "\(root)/faults"), ("Scenarios", "\(root)/scenarios"),
    ]

    init(clock: SimulatedClock) {
        self.clock = clock
        var generator = SystemRandomNumberGenerator()
        formToken = String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
    }

    func render(
        _ template: String, title: String, _ request: Request, status: HTTPResponse.Status = .ok,
        _ content: [String: Any]
    ) -> Response {
        var context = content
        let (mode, now) = clock.read()
        context["title"] = title
        context["clock"] = ["mode": mode.rawValue, "now": now.description]
        context["version"] = HooksimVersion.current
        context["formToken"] = formToken
        context["pages"] = Self.pages.map { name, href -> [String: Any] in
            ["name": name, "href": href, "current": href == request.uri.path]
        }
        if let number = (try? request.queryFields())?.first("notice"), let notice = notices.take(number) {
            context["notice"] = ["kind": notice.isGood ? "good" : "bad", "text": notice.text]
        } else if let problem = content["problem"] as? String {
            context["notice"] = ["kind": "bad", "text": problem]
        }
        return Self.asset(
            Array(InspectorTemplates.render(template, context).utf8), "text/html; charset=utf-8", status: status)
    }

    static func asset(_ bytes: [UInt8], _ type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [
                .contentType: type, .cacheControl: "no-store",
                .contentSecurityPolicy:
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                    + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
                .xContentTypeOptions: "nosniff", .init("Referrer-Policy")!: "no-referrer",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Back to a page, which shows what became of an action.
    func redirect(to path: String, notice text: String, isGood: Bool = true) -> Response {
        let separator = path.contains("?") ? "&" : "?"
        let number = notices.keep(text, isGood: isGood)
        return Response(status: .seeOther, headers: [.location: "\(path)\(separator)notice=\(number)"])
    }

    // MARK: Values as pages show them

    /// `3 s ago`, `in 5 min`: against the virtual clock.
    func relative(_ text: String) -> String {
        guard let instant = try? Timestamp(iso8601: text) else { return "" }
        let seconds = (instant - clock.now).milliseconds / 1000
        let size = abs(seconds)
        let words =
            switch size {
            case 0..<2: "now"
            case 2..<120: "\(size) s"
            case 120..<7200: "\(size / 60) min"
            case 7200..<172_800: "\(size / 3600) h"
            default: "\(size / 86_400) days"
            }
        return words == "now" ? words : seconds < 0 ? "\(words) ago" : "in \(words)"
    }

    /// A text as one word of a shell's command line.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    static func answer(status: JSON?, error: JSON?) -> String {
        [status?.integer.map(String.init), error?.string].compactMap { $0 }.joined(separator: " ")
    }
}

extension FormFields {
    /// The first value of that name; a page overlooks what an API must refuse.
    func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
