import Testing
import Webhooks

@Suite struct ProblemTests {
    @Test(
        arguments: [
            (.missing(), "limit is required"), (.missing(expected: "a number"), "limit is required: a number"),
            (.unexpected(expected: "true or false"), "limit must be true or false"),
            (.unexpected(expected: "a string", found: "a number"), "limit must be a string, not a number"),
            (.unexpected(outside: 1...100), "limit must be a whole number from 1 to 100"),
            (.unexpected(outside: 0...Int.max), "limit must be a whole number from 0 or more"),
            (.unexpected(outside: 1...9, orNull: true), "limit must be a whole number from 1 to 9, or null"),
            (.unexpectedMembers(expected: "one effect"), "limit must have one effect"),
            (.unknownMember(suggestion: "times", known: []), "limit is not known here; did you mean times?"),
            (.unknownMember(suggestion: nil, known: ["a", "b"]), "limit is not known here; there are a, b"),
            (.invalidName("is not a header name"), "limit is not a header name"),
            (.invalid("is empty", expected: "5s"), "limit is empty; write 5s"),
            (.forbidden("be shorter than min"), "limit must not be shorter than min"),
            (.element(2, .unexpected(expected: "a text")), "limit [2] must be a text"),
            (.verbatim("URL scheme is required"), "URL scheme is required"),
            (.unknownWord("delivred", known: ["delivered", "failed"]), "limit is not known; did you mean delivered?"),
            (.unknownWord("x", known: ["delivered", "failed"]), "limit must be delivered or failed"),
        ] as [(Problem, String)])
    func `a problem is a sentence about its field`(problem: Problem, sentence: String) {
        #expect(problem.sentence(about: "limit") == sentence)
    }
}
