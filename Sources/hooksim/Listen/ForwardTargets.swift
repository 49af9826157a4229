import Webhooks

/// The URLs to which deliveries are forwarded: one for each topic, or one for all.
struct ForwardTargets: Sendable {
    private var byTopic: [Topic: String] = [:]
    private var other: String?

    /// Reads the options `--forward-to` and `--forward`.
    ///
    /// - Parameters:
    ///   - all: The URL for all topics that have none of their own.
    ///   - byTopic: Texts of the form `TOPIC=URL`, where the topic may be `*`.
    /// - Throws: ``CommandFailure`` that names the wrong option.
    init(all: String?, byTopic: [String]) throws {
        other = try all.map { try Self.url($0, of: "--forward-to") }
        for text in byTopic {
            guard let separator = text.firstIndex(of: "=") else {
                throw CommandFailure(
                    description: "--forward takes TOPIC=URL, where the topic may be *, not \(text)", status: 2)
            }
            let name = String(text[..<separator])
            let url = try Self.url(String(text[text.index(after: separator)...]), of: "--forward \(name)=")
            if name == "*" {
                guard other == nil else {
                    let options =
                        all == nil ? "--forward *= is given twice" : "--forward-to and --forward *= exclude each other"
                    throw CommandFailure(description: "\(options); all other topics have one target", status: 2)
                }
                other = url
                continue
            }
            guard self.byTopic.updateValue(url, forKey: try Topic(argument: name, of: "--forward")) == nil else {
                throw CommandFailure(description: "--forward \(name)= is given twice", status: 2)
            }
        }
    }

    var isEmpty: Bool { byTopic.isEmpty && other == nil }

    /// The topics that have a target, if the others have none; `nil` if all have one.
    var topics: [Topic]? { other == nil ? Topic.allCases.filter { byTopic[$0] != nil } : nil }

    /// Returns the URL to which a delivery is forwarded; `nil` if it is not.
    ///
    /// - Parameter topic: The topic in the body, which is missing from a body that a fault has damaged.
    func url(of topic: String?) -> String? { topic.flatMap(Topic.init(rawValue:)).flatMap { byTopic[$0] } ?? other }

    /// Returns the URL that a text means: a port (`3000`, `:3000/path`), a host with a port or a path
    /// (`localhost:3000/path`), or a URL.
    static func url(_ text: String, of option: String) throws -> String {
        var url = text
        if !text.contains("://") {
            let authority = text.prefix { !"/?#".contains($0) }
            if authority.first == ":" {
                url = "http://localhost\(text)"
            } else if !authority.isEmpty, authority.allSatisfy({ $0.isASCII && $0.isNumber }) {
                url = "http://localhost:\(text)"
            } else if authority.contains(where: { ".:".contains($0) }) || authority.count < text.count {
                url = "http://\(text)"
            } else {
                throw CommandFailure(
                    description:
                        "\(option) \(text) is no address; it takes a URL, a port such as 3000, or a host with its port",
                    status: 2)
            }
        }
        do {
            let parsed = try EndpointURL(url)
            // A client needs a path before the query.
            let scheme = parsed.isSecure ? "https" : "http"
            let host = parsed.host.contains(":") ? "[\(parsed.host)]" : parsed.host
            return "\(scheme)://\(host):\(parsed.port)\(parsed.target)"
        } catch {
            throw CommandFailure(description: "\(option) \(text) \(error)", status: 2)
        }
    }
}
