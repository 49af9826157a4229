import StrictJSON
import Testing

@testable import HooksimServer

/// Tests of the conversion of keywords from OpenAPI 3.1 to 3.0.
@Suite struct OpenAPI30Tests {
    @Test(
        arguments: [
            (#"{"type":"string","minLength":1}"#, #"{"type":"string","minLength":1}"#),
            (##"{"$ref":"#/a"}"##, ##"{"$ref":"#/a"}"##),
            (##"{"$ref":"#/a","description":"d"}"##, ##"{"allOf":[{"$ref":"#/a"}],"description":"d"}"##),
            (#"{"type":["integer","null"],"minimum":1}"#, #"{"type":"integer","nullable":true,"minimum":1}"#),
            (
                #"{"type":["string","number","null"]}"#,
                #"{"anyOf":[{"type":"string"},{"type":"number"}],"nullable":true}"#
            ),
            (#"{"type":["string","number"]}"#, #"{"anyOf":[{"type":"string"},{"type":"number"}]}"#),
            (##"{"anyOf":[{"$ref":"#/a"},{"type":"null"}]}"##, ##"{"allOf":[{"$ref":"#/a"}],"nullable":true}"##),
            (
                ##"{"oneOf":[{"$ref":"#/a"},{"const":1},{"type":"null"}]}"##,
                ##"{"oneOf":[{"$ref":"#/a"},{"enum":[1]}],"nullable":true}"##
            ),
            (#"{"type":"string","const":"idle"}"#, #"{"type":"string","enum":["idle"]}"#),
            (#"{"type":["string","null"],"enum":["a",null]}"#, #"{"type":"string","nullable":true,"enum":["a",null]}"#),
            (#"{"type":"string","examples":["a","b"]}"#, #"{"type":"string","example":"a"}"#),
            (
                #"{"exclusiveMinimum":0,"exclusiveMaximum":9}"#,
                #"{"minimum":0,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":true}"#
            ),
            (
                #"{"patternProperties":{"^x":{"const":1}},"additionalProperties":false}"#,
                #"{"additionalProperties":{"enum":[1]}}"#
            ),
            (
                #"{"patternProperties":{"^x":{"type":"string"},"^y":{"type":"number"}},"additionalProperties":{"const":1}}"#,
                #"{"additionalProperties":{"anyOf":[{"type":"string"},{"type":"number"},{"enum":[1]}]}}"#
            ),
            (#"{"patternProperties":{"^x":{"type":"string"}}}"#, #"{"additionalProperties":true}"#),
            (
                #"{"additionalProperties":{"type":["string","null"]}}"#,
                #"{"additionalProperties":{"type":"string","nullable":true}}"#
            ),
            (#"{"if":{},"then":{},"$comment":"c","propertyNames":{},"contentMediaType":"a/b"}"#, "{}"),
            (
                #"{"properties":{"a":{}},"patternProperties":{"^x":{"const":1}},"additionalProperties":false}"#,
                #"{"properties":{"a":{}}}"#
            ),
            (
                ##"{"required":["a","b","c"],"properties":{"a":{"type":["string","null"]},"b":{"anyOf":[{"$ref":"#/a"},{"type":"null"}]}}}"##,
                ##"{"required":["c"],"properties":{"a":{"type":"string","nullable":true},"b":{"allOf":[{"$ref":"#/a"}],"nullable":true}}}"##
            ),
            (
                #"{"required":["a"],"properties":{"a":{"type":["string","null"]}}}"#,
                #"{"properties":{"a":{"type":"string","nullable":true}}}"#
            ),
            // A property may have the name of a keyword, and a value is not a schema; neither is converted.
            (
                #"{"properties":{"const":{"const":1},"type":{"type":"string"}},"default":{"const":2}}"#,
                #"{"properties":{"const":{"enum":[1]},"type":{"type":"string"}},"default":{"const":2}}"#
            ),
            (
                #"{"type":"array","items":{"type":["string","null"]}}"#,
                #"{"type":"array","items":{"type":"string","nullable":true}}"#
            ),
        ])
    func `a schema of 3_1 becomes one of 3_0`(schema: String, expected: String) throws {
        let converted = OpenAPI30.schema(try JSON(parsing: Array(schema.utf8)))
        #expect(converted.description == expected)
    }

    @Test func `what is no schema stays as it is, but for the schemas in it`() throws {
        let document = """
            {"openapi":"3.1.0","info":{"title":"t","summary":"s"},"paths":{"/a":{"post":{"requestBody":{"content":{"a/b":\
            {"schema":{"const":1},"examples":{"e":{"value":{"schema":{"const":1}}}}}}}}}},\
            "webhooks":{"w":{"post":{"parameters":[{"$ref":"#/p","description":"d"}]}}},\
            "components":{"schemas":{"schema":{"const":1}},"headers":{"H":{"schema":{"const":1}}}}}
            """
        let expected = """
            {"openapi":"3.0.3","info":{"title":"t"},"paths":{"/a":{"post":{"requestBody":{"content":{"a/b":\
            {"schema":{"enum":[1]},"examples":{"e":{"value":{"schema":{"const":1}}}}}}}}}},\
            "x-webhooks":{"w":{"post":{"parameters":[{"$ref":"#/p"}]}}},\
            "components":{"schemas":{"schema":{"enum":[1]}},"headers":{"H":{"schema":{"enum":[1]}}}}}
            """
        #expect(OpenAPI30.document(try JSON(parsing: Array(document.utf8))).description == expected)
    }
}
