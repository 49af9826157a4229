import StrictJSON
import Testing
import Webhooks

@Suite struct EventDataTests {
    private static let now = Timestamp(milliseconds: 1_767_603_600_000)
    private static let sample = EventSample(
        JSONObject([
            ("invoice_id", "11111111-1111-4111-8111-111111111111"), ("id", "11111111-1111-4111-8111-111111111111"),
            ("due_date", "2025-01-20"), ("line_items", [["amount": "1.00"], ["amount": "2.00"]]),
            ("memo", .null),
        ]), topic: .invoicePaid)

    private static func object(_ text: String) throws -> JSONObject {
        try #require(try JSON(parsing: text.utf8).object)
    }

    private static func created(_ data: String?, _ set: String, entityID: String? = nil) throws -> (
        entityID: String, text: String
    ) {
        let data = try EventData(data.map { try object($0) }, setting: try object(set), sample: sample)
        let created = data.make(entityID: entityID, at: now) { "fresh" }
        return (created.entityID, String(decoding: created.data, as: UTF8.self))
    }

    @Test(arguments: [
        ("{}", #"{"a":1}"#, #"{"a":1}"#),
        (#"{"a":1,"b":2}"#, #"{"b":3,"c":4,"a":null}"#, #"{"a":null,"b":3,"c":4}"#),
        ("{}", #"{"a.b.c":1,"a.b.d":2,"a.e":[]}"#, #"{"a":{"b":{"c":1,"d":2},"e":[]}}"#),
        (#"{"a":[1,{"b":2}]}"#, #"{"a.0":3,"a.1.b":4,"a.1.c":5}"#, #"{"a":[3,{"b":4,"c":5}]}"#),
        // Later values are inserted into earlier ones, or replace them.
        ("{}", #"{"a":{"b":[1]},"a.b.0":2,"a.c":3}"#, #"{"a":{"b":[2],"c":3}}"#),
        ("{}", #"{"a.b":1,"a":2}"#, #"{"a":2}"#),
        // Objects are created where there is no value or null.
        (#"{"a":null}"#, #"{"a.b":1,"c.0":2}"#, #"{"a":{"b":1},"c":{"0":2}}"#),
        // Names are compared by their bytes.
        ("{\"\u{E9}\":1}", "{\"e\u{301}\":2,\"\u{E9}\":3}", "{\"\u{E9}\":3,\"e\u{301}\":2}"),
        (#"{"n":12.50}"#, #"{"m":1e400}"#, #"{"n":12.50,"m":1e400}"#),
    ])
    func `values are put into the data by their paths, in order`(data: String, set: String, result: String) throws {
        #expect(try Self.created(data, set).text == result)
    }

    @Test(arguments: [
        #"{"memo":"x","line_items.1.amount":"3.00"}"#, #"{"line_items.0":"2025-01-20","due_date":null}"#,
        #"{"new.due":"2025-01-20","line_items.0.at":"2025-01-15T12:00:00.000Z"}"#,
    ])
    func `a sample is refreshed but for what was put into it`(set: String) throws {
        // The simple implementation creates a fresh object, and then sets one value after the other.
        let fresh = SampleData.refresh(Self.sample.object, topic: .invoicePaid, entityID: "fresh", at: Self.now)
        let plain = try Self.created(JSON.object(fresh).description, set)
        let created = try Self.created(nil, set)
        #expect(created.text == plain.text)
        #expect(created.entityID == "fresh")
    }

    @Test(
        arguments: [
            ("{}", "{}", nil, "fresh"), (#"{"invoice_id":"a"}"#, "{}", nil, "a"), (#"{"id":"b"}"#, "{}", nil, "b"),
            (#"{"invoice_id":1,"id":"b"}"#, "{}", nil, "b"), (#"{"invoice_id":"a"}"#, #"{"invoice_id":"c"}"#, nil, "c"),
            (#"{"invoice_id":"a"}"#, #"{"invoice_id":"c"}"#, "given", "given"), (nil, #"{"memo":"x"}"#, nil, "fresh"),
            (nil, #"{"invoice_id":"c"}"#, nil, "c"), (nil, #"{"id":"c"}"#, nil, "fresh"),
            (nil, #"{"invoice_id":5}"#, nil, "fresh"),
            // A value that is not a valid entity_id is ignored.
            (#"{"invoice_id":""}"#, "{}", nil, "fresh"),
            ("{\"invoice_id\":\"\(String(repeating: "x", count: 256))\"}", "{}", nil, "fresh"),
        ] as [(String?, String, String?, String)])
    func `an event is about what was given, what the data names, or a fresh id`(
        data: String?, set: String, given: String?, entityID: String
    ) throws {
        #expect(try Self.created(data, set, entityID: given).entityID == entityID)
    }

    @Test(
        arguments: [
            ("", "has an empty name"), (".", "has an empty name"), ("a..b", "has an empty name"),
            ("a.", "has an empty name"),
            (".a", "has an empty name"), ("due_date.x", "goes through due_date, which is a string"),
            ("line_items.0.amount.x.y", "goes through line_items.0.amount, which is a string"),
            ("line_items.2", "goes outside the array line_items; write a position from 0 to 1"),
            ("line_items.-1", "goes outside"), ("line_items.01", "goes outside"), ("line_items.+1", "goes outside"),
            ("line_items.x", "goes outside"), ("line_items.99999999999999999999.a", "goes outside"),
            (String(repeating: "x", count: 1025), "is longer than 1024 bytes"),
            (
                Array(repeating: "a", count: 30_000).joined(separator: "."),
                "has 30000 names, and a body nests at most 56 levels"
            ),
        ])
    func `a path that leads nowhere is refused, and says where it ends`(path: String, problem: String) throws {
        let values = JSONObject([(path, 1), ("memo", "x"), ("due_date.y", 1)])
        let error = #expect(throws: EventDataProblems.self) {
            try EventData(nil, setting: values, sample: Self.sample)
        }
        let entries = try #require(error?.entries)
        #expect(entries.map(\.path) == [path, "due_date.y"])
        #expect(entries[0].problem.description.hasPrefix(problem), "\(entries[0].problem)")
        #expect(entries[0].field.count <= 70)
    }

    @Test func `an array without elements has no place for a value`() throws {
        let error = #expect(throws: EventDataProblems.self) { try Self.created(#"{"a":[]}"#, #"{"a.0":1}"#) }
        #expect(error?.entries.first?.problem.description.contains("it is empty") == true)
    }

    /// Returns an object of this depth, where the object itself is the first level.
    private static func nested(_ depth: Int) throws -> JSONObject {
        try object(String(repeating: #"{"a":"#, count: depth) + "null" + String(repeating: "}", count: depth))
    }

    @Test(arguments: [(55, 0, 0), (1, 55, 0), (1, 1, 54), (30, 55, 0), (30, 30, 25), (55, 1, 54)])
    func `data and what is put into it nest together as deep as a payload may, and no deeper`(
        data: Int, names: Int, value: Int
    ) throws {
        let path = { Array(repeating: "a", count: $0).joined(separator: ".") }
        let value: JSON = value == 0 ? 1 : .object(try Self.nested(value))
        let values = names == 0 ? JSONObject() : JSONObject([(path(names), value)])
        let created = try EventData(try Self.nested(data), setting: values, sample: Self.sample)
        let depth = try JSON(parsing: created.make(entityID: nil, at: Self.now) { "" }.data).depth
        #expect(depth == JSON.maxBodyDepth - 1)
        // One more level of either exceeds the limit.
        #expect(throws: EventDataProblems.self) {
            try EventData(try Self.nested(56), setting: values, sample: Self.sample)
        }
        guard names > 0 else { return }
        let deeper = JSON.object(JSONObject([("a", value)]))
        for values in [[(path(names + 1), value)], [(path(names), deeper)]] {
            #expect(throws: EventDataProblems.self) {
                try EventData(try Self.nested(1), setting: JSONObject(values), sample: Self.sample)
            }
        }
    }

    @Test func `ten thousand values are put into an object of as many`() throws {
        let members = (0..<10_000).map { ("name_\($0)", JSON.number($0)) }
        let values = JSONObject(members.map { ($0.0, "new") } + members.map { ("other.\($0.0)", $0.1) })
        let created = try EventData(JSONObject(members), setting: values, sample: Self.sample)
        let object = try #require(try JSON(parsing: created.make(entityID: nil, at: Self.now) { "" }.data).object)
        #expect(object.members.count == 10_001 && object.members.dropLast().allSatisfy { $0.value == "new" })
        #expect(object.members.last?.value.object?.members.count == 10_000)
    }
}
