import StrictJSON
import Testing
import Webhooks

@Suite struct EndpointURLTests {
    private static let sandbox = PlainHTTPRule(profile: .sandbox)
    private static let faithful = PlainHTTPRule(profile: .faithful)

    @Test(arguments: [
        "https://example.com", "https://example.com/hooks?x=1#f", "HTTPS://Example.com:8443/",
        "https://xn--bcher-kva.example/a%20b",
        "https://203.0.113.7/x", "https://[2001:db8::1]:8443/x",
    ])
    func `https is accepted anywhere, in both profiles`(text: String) throws {
        for rule in [Self.sandbox, Self.faithful] { #expect(try EndpointURL(text, rule: rule).text == text) }
    }

    @Test(arguments: [
        "http://127.0.0.1:3000/hooks", "http://localhost:3000", "http://[::1]:3000/", "http://10.1.2.3/",
        "http://192.168.0.9:80",
        "http://172.16.0.1/", "http://172.31.255.255/", "http://[fd12::1]/", "http://receiver:3000/hooks",
        "http://app.localhost/", "http://localhost./", "http://nas.local:3000/", "http://NAS.LAN:3000/",
        "http://pi.home.arpa/", "http://app.internal/", "http://app.default.svc:3000/", "http://app.test./",
        "http://app.default.svc.cluster.local/", "http://my_app:3000/", "http://app.proj_default:3000/",
        "http://printer.home/", "http://wiki.corp/", "http://100.64.0.1/", "http://100.101.102.103:3000/",
        "http://100.127.255.255/",
    ])
    func `http is accepted for local receivers in the sandbox only`(text: String) throws {
        _ = try EndpointURL(text, rule: Self.sandbox)
        #expect(throws: EndpointURLError.self) { try EndpointURL(text, rule: Self.faithful) }
    }

    @Test(
        arguments: [
            ("http://hooks.example.com:8080/in", true), ("http://HOOKS.example.com./", true),
            ("http://other.example.com/", false), ("http://a.wild.example/", true), ("http://a.b.wild.example/", true),
            ("http://wild.example/", false), ("http://notwild.example/", false), ("http://203.0.113.7/", true),
            ("http://203.0.113.8/", false), ("http://[2001:db8:0::7]/", true), ("http://169.254.169.254/", false),
        ], Profile.allCases)
    func `a host that is allowed by name may be plain http in every profile`(
        endpoint: (url: String, isAccepted: Bool), profile: Profile
    ) {
        let rule = PlainHTTPRule(
            profile: profile,
            allowedHosts: ["Hooks.Example.com", "*.wild.example", "203.0.113.7", "2001:db8::7", "169.254.169.254"])
        #expect(((try? EndpointURL(endpoint.url, rule: rule)) != nil) == endpoint.isAccepted)
    }

    @Test(arguments: Profile.allCases)
    func `a refused http URL says which rule refuses it and which option accepts it`(profile: Profile) throws {
        let error = #expect(throws: EndpointURLError.self) {
            try EndpointURL("http://hooks.example.com/in", rule: PlainHTTPRule(profile: profile))
        }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("must be an https URL"))
        #expect(text.contains("--allow-http hooks.example.com"))
        #expect(text.contains(profile == .sandbox ? "private names" : "--profile sandbox"))
    }

    @Test(
        arguments: [
            ("receiver.example", true), ("*.receiver.example", true), ("203.0.113.7", true), ("2001:db8::7", true),
            ("http://receiver.example", false), ("receiver.example:80", false), ("receiver.example/x", false),
            ("*", false), ("", false), ("*.*.x", false), ("a b", false), ("[::1]", false),
        ])
    func `the rule takes hosts without scheme, port or path`(text: String, isHost: Bool) {
        #expect(PlainHTTPRule.isHost(text) == isHost)
    }

    @Test(arguments: ["example.com/hook", "//example.com", "localhost:3000/x", "", "://x", "/hooks", "1https//x"])
    func `without a scheme the message says so`(text: String) {
        let error = #expect(throws: EndpointURLError.self) { try EndpointURL(text, rule: Self.sandbox) }
        #expect(error?.description == "URL scheme is required")
    }

    @Test(arguments: [
        "ftp://example.com", "http://example.com/", "http://172.32.0.1/", "http://8.8.8.8", "https://", "https:///x",
        "http://100.63.255.255/", "http://100.128.0.1/", "http://100.100.100.200/", "http://my_app.example.com/",
        "http://lan.example.com/", "http://example.local.com/", "http://home.arpa.example/", "http://svc.example.com/",
        "https://user@example.com",
        "https://user:pw@example.com/", "https://example.com:0/", "https://example.com:65536/", "https://example.com:/",
        "https://example.com:x/",
        "https://exa mple.com", "https://example.com/\n", "https://example.com/\u{7}", "https://example.com/é",
        "https://exämple.com",
        "https://example.com/%zz", "https://example.com/%2", "https://-x.com", "https://a..b", "https://[::1",
        "https://[nonsense]/", "https://1.2.3.999/",
        "https://example.com/<script>", "https://169.254.169.254/latest", "http://169.254.1.1/", "https://0xa9fea9fe/",
        "https://2852039166/",
        "https://[fe80::1]/", "https://[::ffff:169.254.169.254]/", "https://[64:ff9b::a9fe:a9fe]/",
        "https://[fd00:ec2::254]/", "https://224.0.0.1/",
    ])
    func `what can't be an endpoint is refused`(text: String) {
        #expect(throws: EndpointURLError.self) { try EndpointURL(text, rule: Self.sandbox) }
    }

    @Test func `the longest URL has 2048 bytes`() throws {
        let text = { (length: Int) in "https://example.com/" + String(repeating: "a", count: length - 20) }
        _ = try EndpointURL(text(2048), rule: Self.sandbox)
        #expect(throws: EndpointURLError.self) { try EndpointURL(text(2049), rule: Self.sandbox) }
    }
}

@Suite struct SubscriptionRequestTests {
    @Test(arguments: [
        ("{}", ValidationFailure.Severity.malformed, ["endpoint_url", "topic"]),
        (
            #"{"endpoint_url":1,"topic":["invoice_paid"],"secret_key":7}"#, .malformed,
            ["endpoint_url", "topic", "secret_key"]
        ),
        (#"{"endpoint_url":"https://example.com","topic":"nope"}"#, .unacceptable, ["topic"]),
        (
            #"{"endpoint_url":"example.com","topic":"nope","secret_key":" "}"#, .unacceptable,
            ["endpoint_url", "topic", "secret_key"]
        ),
        (#"{"endpoint_url":"example.com","secret_key":"a b"}"#, .malformed, ["endpoint_url", "topic", "secret_key"]),
    ])
    func `every wrong field is named at once, and the worst decides the status`(
        body: String, severity: ValidationFailure.Severity, fields: [String]
    ) throws {
        let object = try #require(try JSON(parsing: body.utf8).object)
        let failure = #expect(throws: ValidationFailure.self) {
            try SubscriptionRequest(object, rule: PlainHTTPRule(profile: .sandbox))
        }
        #expect(failure?.severity == severity)
        #expect(Set(failure?.fields.map(\.name) ?? []) == Set(fields))
    }

    @Test(arguments: [(1, true), (512, true), (513, false)])
    func `a secret has 1 to 512 characters`(length: Int, isAccepted: Bool) throws {
        let body = JSONObject([
            ("endpoint_url", "https://example.com"), ("topic", "invoice_paid"),
            ("secret_key", .string(String(repeating: "s", count: length))),
        ])
        let rule = PlainHTTPRule(profile: .faithful)
        #expect(((try? SubscriptionRequest(body, rule: rule)) != nil) == isAccepted)
    }

    @Test(
        arguments: [("s3cr3t-4242", "4242"), ("12345678", "5678"), ("1234567", ""), (nil, "")] as [(String?, String)])
    func `only the last four characters of a long enough secret are shown`(secret: String?, shown: String) {
        let id = RandomSource(seed: 1).identifier()
        let now = Timestamp(milliseconds: 0)
        let subscription = Subscription(
            id: id, partnerID: id, endpointURL: "https://example.com", topic: .invoicePaid, isActive: true,
            secretKey: secret, createdAt: now,
            updatedAt: now)
        #expect(subscription.secretLast4 == shown)
    }
}
