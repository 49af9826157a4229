import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct MatchIndexTests {
    private struct Row: RowFacts {
        enum Field: String { case colour, size }

        let row = 1
        var colour: String
        var size: Int

        subscript(field: Field) -> FieldValue {
            switch field {
            case .colour: .text(colour)
            case .size: .integer(size)
            }
        }
    }

    private static let index = {
        var index = MatchIndex<Row, Int>()
        for (id, wanted) in [
            [:], ["colour": .text("red")], ["colour": .text("blue")], ["size": .integer(1)],
            ["colour": .text("red"), "size": .integer(1)], ["colour": .text("red"), "size": .integer(2)],
            ["colour": .null],
        ].enumerated() as EnumeratedSequence<[[String: FieldValue]]> { index.insert(id, id: id, wanted: wanted) }
        return index
    }()

    private func change(_ old: Row?, _ new: Row?) -> [[Int]] {
        let change = Self.index.change(from: old, to: new)
        return [change.left.sorted(), change.joined.sorted()]
    }

    @Test func `a change finds the elements that the row matched before or matches now, and no others`() {
        let (red, blue) = (Row(colour: "red", size: 1), Row(colour: "blue", size: 1))
        #expect(change(nil, red) == [[], [0, 1, 3, 4]])
        #expect(change(red, nil) == [[0, 1, 3, 4], []])
        #expect(change(red, blue) == [[1, 4], [2]])
        #expect(change(red, Row(colour: "red", size: 2)) == [[3, 4], [5]])
        #expect(change(red, red) == [[], []])
    }

    @Test func `an index from which all elements are removed is empty`() {
        var index = MatchIndex<Row, Int>()
        let wanted: [[String: FieldValue]] = [[:], ["size": .integer(1)], ["size": .integer(1)]]
        for (id, wanted) in wanted.enumerated() { index.insert(id, id: id, wanted: wanted) }
        #expect(index.all.sorted() == [0, 1, 2])
        for (id, wanted) in wanted.enumerated() {
            #expect(!index.isEmpty)
            index.remove(id: id, wanted: wanted)
        }
        #expect(index.isEmpty)
    }

    @Test func `texts are equal if their bytes are`() {
        #expect(FieldValue.text("\u{E9}") != .text("e\u{301}"))
        #expect(FieldValue.text("1") != .integer(1))
        #expect(FieldValue(single: "a") == .text("a"))
    }
}
