import HooksimScenarios
import StrictJSON
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
            (#"[]"#, #"{}"#, "the response is [], expected {}"),
        ] as [(String, String, String?)])
    func `a response must contain what is expected, and may have more`(
        found: String, expected: String, mismatch: String?
    ) throws {
        #expect(try JSON(parsing: found.utf8).mismatch(with: JSON(parsing: expected.utf8)) == mismatch)
    }

    @Test func `saved values take the place of their names`() throws {
        let values = ["cursor": "abc+/", "n": "7"]
        #expect("/x?after=${cursor}&n=${n}&${other}".substituting { values[$0] } == "/x?after=abc+/&n=7&${other}")
        #expect("/x?after=${cursor}&${n}".placeholders == ["cursor", "n"])
        let literal = "$${n} $$${n} ${n $${"
        #expect(literal.placeholders == [] && literal.substituting { values[$0] } == "${n} $${n} ${n ${")
        let id = "9f3c6a52-0f0e-4b5a-8a43-2f6d2c1b7e10"
        var saved = ScenarioValues()
        saved.merge(values)
        saved.save("event", ids: ["first", id])
        #expect(
            saved.filling(["${n}", ["k": "${event} ${event.2} ${event.3}"]])
                == ["7", ["k": .string("first \(id) ${event.3}")]])
        #expect(Cursor(saved.filling("${event.2.cursor}"))?.row.description == id)
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
