import Testing
import Webhooks

@Suite struct SecretParametersTests {
    @Test(
        arguments: [
            ("", ""), ("limit=5&after=abc", "limit=5&after=abc"), ("access_token=abc", "access_token=REDACTED"),
            ("limit=5&Token=a%20b&topic=x", "limit=5&Token=REDACTED&topic=x"), ("secret_key=", "secret_key=REDACTED"),
            ("client_secret=a=b", "client_secret=REDACTED"), ("token", "token"), ("tokens=1", "tokens=1"),
            ("&&password=x&", "&&password=REDACTED&"),
        ])
    func `a parameter with a secret's name is hidden, and nothing else`(query: String, hidden: String) {
        #expect(SecretParameters.hidden(in: query) == hidden)
    }
}
