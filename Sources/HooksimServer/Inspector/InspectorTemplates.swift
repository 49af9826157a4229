import Mustache

/// The templates of the pages, which are part of the program and parsed once.
enum InspectorTemplates {
    static func render(_ name: String, _ context: [String: Any]) -> String {
        library.render(context, withTemplate: name) ?? ""
    }

    private static let files: [(name: String, bytes: [UInt8])] = [
        ("layout", PackageResources.layout_mustache), ("overview", PackageResources.overview_mustache),
        ("trigger", PackageResources.trigger_mustache), ("events", PackageResources.events_mustache),
        ("event", PackageResources.event_mustache), ("subscriptions", PackageResources.subscriptions_mustache),
        ("requests", PackageResources.requests_mustache), ("faults", PackageResources.faults_mustache),
        ("scenarios", PackageResources.scenarios_mustache), ("problem", PackageResources.problem_mustache),
        ("login", PackageResources.login_mustache), ("time", PackageResources.time_mustache),
        ("token", PackageResources.token_mustache), ("curl", PackageResources.curl_mustache),
    ]

    private static let library: MustacheLibrary = {
        MustacheContentTypes.register(Markup(), named: "MARKUP")
        var library = MustacheLibrary()
        for file in files {
            do {
                try library.register(String(decoding: file.bytes, as: UTF8.self), named: file.name)
            } catch {
                // Each template parses: it is part of the program, and a test renders it.
                assertionFailure("\(file.name).mustache: \(error)")
            }
        }
        return library
    }()

    /// Escapes text scalar by scalar. The library's own escaping compares characters: a quote with a combining accent
    /// is not a quote for it, but it is one for a browser.
    struct Markup: MustacheContentType {
        func escapeText(_ text: String) -> String {
            var escaped = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "&": escaped += "&amp;"
                case "<": escaped += "&lt;"
                case ">": escaped += "&gt;"
                case "\"": escaped += "&quot;"
                case "'": escaped += "&#39;"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return escaped
        }
    }
}
