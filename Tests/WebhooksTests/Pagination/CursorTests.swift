import Testing
import Webhooks

@Suite struct CursorTests {
    @Test func `the documented example is decoded and encoded back`() throws {
        let cursor = try #require(Cursor("gaFpxBACEaXBVABEYbHG+X9LyLnH"))
        #expect(cursor.row.description == "0211a5c1-5400-4461-b1c6-f97f4bc8b9c7")
        #expect(cursor.description == "gaFpxBACEaXBVABEYbHG+X9LyLnH")
    }

    @Test(arguments: ["gaFpxBACEaXBVABEYbHG X9LyLnH", "gaFpxBACEaXBVABEYbHG-X9LyLnH"])
    func `a plus sign may have become a space or be written in base64url`(text: String) {
        #expect(Cursor(text)?.row.description == "0211a5c1-5400-4461-b1c6-f97f4bc8b9c7")
    }

    @Test(arguments: [
        "", "x", "gaFpxBACEaXBVABEYbHG+X9LyLn", "gaFpxBACEaXBVABEYbHG+X9LyLnHAAAA", "gaFpxBACEaXBVABEYbHG+X9LyLn=",
        "gaFqxBACEaXBVABEYbHG+X9LyLnH",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "gaFpxBACEaXBVABEYbHG+X9LyL\u{0}H", "ééééééééééééééé",
    ])
    func `what is no cursor is refused`(text: String) {
        #expect(Cursor(text) == nil)
    }

    @Test func `every row's cursor leads back to it`() {
        let source = RandomSource(seed: 5)
        for _ in 0..<1000 {
            let row = source.identifier()
            let text = Cursor(row: row).description
            #expect(Cursor(text)?.row == row)
            let url = text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
            #expect(Cursor(String(url))?.row == row)
        }
    }
}
