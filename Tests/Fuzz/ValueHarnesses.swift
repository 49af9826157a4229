import HooksimScenarios
import StrictJSON
import Webhooks

/// Checks that a parsed cursor, and the cursor of any row, is written as a text that is parsed as the same cursor.
func fuzzCursor(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let row = Identifier(bytes: bytes.prefix(16))
    for cursor in [Cursor(text), row.map(Cursor.init)].compactMap({ $0 }) {
        let written = cursor.description
        check(written.utf8.count == 28, "\(written) has another length")
        check(Cursor(written) == cursor, "\(written) is read as another cursor")
        check(Cursor(written.replacing("+", with: " ")) == cursor, "\(written) is another cursor in a query")
        check(Identifier(cursor.row.description) == cursor.row, "\(cursor.row) is read as another id")
    }
    if let query = try? FormFields(text) {
        var failure = ValidationFailure()
        let page = PageRequest(query: query, failure: &failure)
        check(Assumptions.limits.contains(page.limit), "a page of \(page.limit)")
        check(failure.fields.allSatisfy { !$0.name.isEmpty && !$0.problem.description.isEmpty }, "\(failure)")
    }
}

/// Checks that parsed instants and durations are written as texts that are parsed as the same values.
func fuzzTimestamp(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do {
        let instant = try Timestamp(iso8601: text)
        let written = instant.description
        check((try? Timestamp(iso8601: written)) == instant, "\(text) is written as \(written), another instant")
    } catch {
        check(!"\(error)".isEmpty, "no reason for \(text)")
    }
    do {
        let span = try TimeSpan(text)
        check(span >= .zero && span <= .longest, "\(text) is \(span.milliseconds) ms")
        check((try? TimeSpan(span.description)) == span, "\(text) is written as \(span), another duration")
    } catch {
        check(!"\(error)".isEmpty, "no reason for \(text)")
    }
    let now = Timestamp(milliseconds: 1_767_603_600_000)
    if let wait = RetryAfter.parse(text, now: now) {
        check(wait >= .zero, "Retry-After: \(text) is \(wait)")
        let due = now + wait
        check((try? Timestamp(iso8601: due.description)) == due, "Retry-After: \(text) is due at \(due)")
    }
}

/// Checks that parsed JSON is written as text that is parsed as the same value, and that an error has a position within
/// the text.
func fuzzJSON(_ bytes: [UInt8]) throws {
    do {
        let json = try JSON(parsing: bytes)
        let written = json.encoded
        check(try JSON(parsing: written) == json, "\(json) is read as another value")
        check(try JSON(parsing: written).encoded == written, "\(json) is written in two ways")
        check(json.mismatch(with: json) == nil, "\(json) does not contain itself")
        let node = try ScenarioNode(json: String(decoding: bytes, as: UTF8.self), maxValues: bytes.count)
        check(node.json == json, "\(json) is another value as a node")
    } catch let error as JSONError {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        check(!error.reason.isEmpty && (1...lines.count).contains(error.line), "\(error) is at no line")
        check((1...lines[error.line - 1].count + 1).contains(error.column), "\(error) is at no column")
        let position = ScenarioNode.position(of: error, in: String(decoding: bytes, as: UTF8.self))
        check(position.line == error.line && position.column >= 1, "\(error) is at \(position)")
    }
}
