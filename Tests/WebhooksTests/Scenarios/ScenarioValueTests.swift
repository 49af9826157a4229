import Testing
import Webhooks

@Suite struct ScenarioValueTests {
    @Test(
        arguments: [
            (#"{"a":1,"b":[1,2]}"#, #"{"b":[1,2]}"#, nil),
            (#"{"a":{"b":"x","c":0}}"#, #"{"a":{"b":"x"}}"#, nil),
            (#"{"a":1.50}"#, #"{"a":1.5}"#, nil),
            (#"{"data":[]}"#, #"{"data":[{}]}"#, "data has 0 elements, expected 1"),
            (#"{"data":[{"id":1}]}"#, #"{"data":[{"id":2}]}"#, "data[0].id is 1, expected 2"),
            (#"{"a":1}"#, #"{"b":1}"#, "b is missing, expected 1"),
            (#"[]"#, #"{}"#, "the answer is [], expected {}"),
        ] as [(String, String, String?)])
    func `an answer must contain what is expected, and may have more`(
        found: String, expected: String, mismatch: String?
    ) throws {
        #expect(try JSON(parsing: found.utf8).mismatch(with: JSON(parsing: expected.utf8)) == mismatch)
    }

    @Test func `saved values take the place of their names`() throws {
        let values = ["cursor": "abc+/", "n": "7"]
        #expect("/x?after=${cursor}&n=${n}&${other}".substituting(values) == "/x?after=abc+/&n=7&${other}")
        #expect("/x?after=${cursor}&${n}".placeholders == ["cursor", "n"])
        #expect(JSON.array(["${n}", ["k": "${n}"]]).substituting(values) == ["7", ["k": "7"]])
        #expect(try JSON(parsing: #"{"data":[{"id":"z"}]}"#.utf8).value(at: "data.0.id") == "z")
        #expect(try JSON(parsing: #"{"data":[]}"#.utf8).value(at: "data.0.id") == nil)
    }

    @Test(
        arguments: [
            ("advnace", "advance"), ("triger", "trigger"), ("Expect", "expect"), ("suscribe", "subscribe"),
            ("xyz", nil), ("", nil),
        ] as [(String, String?)])
    func `a near miss is recognised`(word: String, meant: String?) {
        #expect(Suggestion.nearest(to: word, among: ["subscribe", "trigger", "advance", "expect"]) == meant)
    }
}
