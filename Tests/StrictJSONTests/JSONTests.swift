import StrictJSON
import Testing
import Webhooks

@Suite struct JSONTests {
    @Test(arguments: [
        #"{"a":[1,-0.5,1e9,true,false,null,"x"],"b":{}}"#, #""é \" \\ \n \t \b \f \r 😀""#, "[]", "0", "-1.25E+10",
        "12.50",
        #"{"b":1,"a":2}"#,
    ])
    func `JSON is written back as it was read`(text: String) throws {
        #expect(try JSON(parsing: text.utf8).description == text)
    }

    @Test(arguments: [
        (#""\u0041\u00e9\ud83d\ude00\/""#, "Aé😀/"), (#""\u001f""#, "\u{1F}"),
    ])
    func `escapes are undone`(text: String, value: String) throws {
        #expect(try JSON(parsing: text.utf8) == .string(value))
    }

    @Test(
        arguments: [
            ("", 1, 1), ("{", 1, 2), (#"{"a":1,}"#, 1, 8), ("[1,]", 1, 4), ("\u{FEFF}{}", 1, 1),
            (#"{"a":1,"a":2}"#, 1, 8), ("{}x", 1, 3),
            ("01", 1, 2), ("1.", 1, 3), ("+1", 1, 1), (".5", 1, 1), ("tru", 1, 1), (#"{"a" 1}"#, 1, 6),
            ("{\n  \"a\": nul\n}", 2, 8),
            ("\"a\nb\"", 1, 3), (#""\x""#, 1, 2), (#""\ud800""#, 1, 2), (#""\ud800\u0041""#, 1, 2),
            (#""\udc00""#, 1, 2), (#""\u12g4""#, 1, 2),
            (#""abc"#, 1, 1), ("{'a':1}", 1, 2), ("[1 2]", 1, 4), ("NaN", 1, 1), ("1e", 1, 3), ("-", 1, 2),
            (#"{a:1}"#, 1, 2),
        ] as [(String, Int, Int)])
    func `a fault is found where it is`(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONError.self) { try JSON(parsing: text.utf8) }
        #expect(error?.line == line && error?.column == column, "\(String(describing: error))")
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xC0, 0x80, 0x22]) }
    }

    @Test func `nesting is bounded`() throws {
        let text = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        _ = try JSON(parsing: text(JSON.maxDepth).utf8)
        #expect(throws: JSONError.self) { try JSON(parsing: text(JSON.maxDepth + 1).utf8) }
        #expect(throws: JSONError.self) { try JSON(parsing: text(1_000_000).utf8) }
    }

    @Test func `any value that is written is read back the same`() throws {
        var generator = SeededGenerator(seed: 42)
        for _ in 0..<2000 {
            let value = JSON.random(using: &generator, depth: 4)
            #expect(try JSON(parsing: value.encoded) == value)
        }
    }
}
