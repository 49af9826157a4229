import StrictJSON
import Testing
import Webhooks

/// Tests of the writer, which writes whole values to raw memory, against a simple implementation that writes one
/// character at a time.
@Suite struct JSONWriterTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func `what is written is what the plain way writes, however much room there was at first`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let value = JSON.random(using: &generator, depth: 4)
            var writer = JSONWriter(capacity: Int.random(in: 0..<64, using: &generator))
            writer.value(value)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == plain(value), "seed \(seed)")
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `an object of every kind of value is what the plain way writes`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let identifier = Identifier.random(using: &generator)
            let timestamp = Timestamp(milliseconds: Int64.random(in: 0..<4_102_444_800_000, using: &generator))
            let text = JSON.randomText(using: &generator)
            let number = Int64.random(in: -20...20, using: &generator)
            let isTrue = Bool.random(using: &generator)
            let raw = JSON.random(using: &generator, depth: 2)

            var writer = JSONWriter(capacity: Int.random(in: 0..<64, using: &generator))
            writer.beginArray()
            writer.beginObject()
            writer.name("identifier")
            writer.identifier(identifier)
            writer.name("timestamp")
            writer.timestamp(timestamp)
            writer.name(escaping: text)
            writer.string(text)
            writer.name("number")
            writer.integer(number)
            writer.name("flag")
            writer.bool(isTrue)
            writer.name("nothing")
            writer.null()
            writer.name("raw")
            writer.raw(raw.encoded)
            writer.endObject()
            writer.integer(1)
            writer.beginArray()
            writer.endArray()
            writer.endArray()

            let object = JSON.object(
                JSONObject([
                    ("identifier", .string(plain(identifier))), ("timestamp", .string(timestamp.description)),
                    (text, .string(text)), ("number", .number(number)), ("flag", .bool(isTrue)), ("nothing", .null),
                    ("raw", raw),
                ]))
            let expected = plain(.array([object, 1, []]))
            #expect(String(decoding: writer.bytes, as: UTF8.self) == expected, "seed \(seed)")
            #expect(writer.withUnsafeBytes { Array($0) } == writer.bytes)
        }
    }

    @Test func `an identifier is written digit by digit in lower case`() {
        let written = "01234567-89ab-cdef-fedc-ba9876543210"
        #expect(Identifier(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210).description == written)
        #expect(Identifier(high: 0, low: .max).description == "00000000-0000-0000-ffff-ffffffffffff")
    }

    private func plain(_ identifier: Identifier) -> String {
        var digits = identifier.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        for position in [20, 16, 12, 8] { digits.insert("-", at: digits.index(digits.startIndex, offsetBy: position)) }
        return digits
    }

    private func plain(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .string(let text): plain(text)
        case .array(let elements): "[" + elements.map(plain).joined(separator: ",") + "]"
        case .object(let object):
            "{" + object.members.map { plain($0.name) + ":" + plain($0.value) }.joined(separator: ",") + "}"
        }
    }

    private func plain(_ text: String) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": #"\""#, "\\": #"\\"#, "\u{8}": #"\b"#, "\t": #"\t"#, "\n": #"\n"#, "\u{C}": #"\f"#, "\r": #"\r"#,
        ]
        var written = "\""
        for scalar in text.unicodeScalars {
            if let escape = short[scalar] {
                written += escape
            } else if scalar.value < 0x20 {
                written += #"\u00"# + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                written.unicodeScalars.append(scalar)
            }
        }
        return written + "\""
    }
}
