import Testing
import Webhooks

@Suite struct TokenRequestTests {
    private static let form = "application/x-www-form-urlencoded"

    @Test(arguments: [
        ("sandbox:sandbox-secret", "Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA=="),
        ("a:b:c", "basic YTpiOmM="),
    ])
    func `Basic credentials are read`(pair: String, header: String) throws {
        let request = try TokenRequest(
            authorization: header, contentType: Self.form, body: Array("grant_type=client_credentials".utf8))
        let parts = pair.split(separator: ":", maxSplits: 1).map(String.init)
        #expect(request.credentials == [.init(clientID: parts[0], clientSecret: parts[1])])
        #expect(request.scope == nil)
    }

    @Test func `form-encoded Basic credentials are offered raw and decoded`() throws {
        // The credentials are the Base64 of `a%2Bb:p%20q`.
        let request = try TokenRequest(
            authorization: "Basic YSUyQmI6cCUyMHE=", contentType: Self.form,
            body: Array("grant_type=client_credentials".utf8))
        #expect(
            request.credentials == [
                .init(clientID: "a%2Bb", clientSecret: "p%20q"), .init(clientID: "a+b", clientSecret: "p q"),
            ])
    }

    @Test(arguments: [
        (form, "grant_type=client_credentials&client_id=a&client_secret=b&scope=webhooks%3Aread+webhooks%3Awrite"),
        (form, "grant_type=client_credentials&client_id=a&client_secret=b&scope=webhooks:read webhooks:write"),
        (
            "application/json; charset=utf-8",
            #"{"grant_type":"client_credentials","client_id":"a","client_secret":"b","scope":"webhooks:read webhooks:write"}"#
        ),
        (
            "APPLICATION/X-WWW-FORM-URLENCODED",
            "scope=webhooks%3Aread%20webhooks%3Awrite&client_secret=b&client_id=a&grant_type=client_credentials"
        ),
    ])
    func `credentials and scope are read from either body`(contentType: String, body: String) throws {
        let request = try TokenRequest(authorization: nil, contentType: contentType, body: Array(body.utf8))
        #expect(request.credentials == [.init(clientID: "a", clientSecret: "b")])
        #expect(request.scope == "webhooks:read webhooks:write")
    }

    @Test(arguments: [
        (form, "", "invalid_request"),
        (form, "grant_type=", "invalid_request"),
        (form, "grant_type=password&client_id=a&client_secret=b", "unsupported_grant_type"),
        (form, "grant_type=client_credentials", "invalid_client"),
        (form, "grant_type=client_credentials&client_id=a", "invalid_client"),
        (
            form, "grant_type=client_credentials&grant_type=client_credentials&client_id=a&client_secret=b",
            "invalid_request"
        ),
        (form, "grant_type=%zz", "invalid_request"),
        ("application/json", "{", "invalid_request"),
        ("application/json", "[]", "invalid_request"),
        ("application/json", #"{"grant_type":1}"#, "invalid_request"),
        ("text/plain", "grant_type=client_credentials", "invalid_request"),
        ("", "grant_type=client_credentials", "invalid_request"),
    ])
    func `a wrong request has the code that RFC 6749 gives it`(contentType: String, body: String, code: String) {
        let error = #expect(throws: TokenError.self) {
            try TokenRequest(authorization: nil, contentType: contentType, body: Array(body.utf8))
        }
        #expect(error?.code.rawValue == code)
    }

    @Test(arguments: ["Bearer x", "Basic", "Basic !!!", "Basic YWJj"])
    func `an unreadable Authorization header is no client`(header: String) {
        let error = #expect(throws: TokenError.self) {
            try TokenRequest(
                authorization: header, contentType: Self.form, body: Array("grant_type=client_credentials".utf8))
        }
        #expect(error?.code == .invalidClient)
    }

    @Test func `credentials in header and body must be the same`() {
        let error = #expect(throws: TokenError.self) {
            try TokenRequest(
                authorization: "Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA==", contentType: Self.form,
                body: Array("grant_type=client_credentials&client_id=other".utf8))
        }
        #expect(error?.code == .invalidRequest)
    }
}
