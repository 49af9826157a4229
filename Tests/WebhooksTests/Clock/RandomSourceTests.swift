import Testing
import Webhooks

@Suite struct RandomSourceTests {
    @Test func `one seed draws the same ids and tokens, another seed others`() {
        let draw = { (seed: UInt64) in
            let source = RandomSource(seed: seed)
            return [source.identifier().description, source.token(), source.identifier().description]
        }
        #expect(draw(7) == draw(7))
        #expect(draw(7) != draw(8))
    }

    @Test func `a store opened again does not draw its old ids`() {
        #expect(RandomSource(seed: 7, run: 0).identifier() != RandomSource(seed: 7, run: 1).identifier())
    }

    @Test func `a keyed stream does not depend on what was drawn before`() {
        let source = RandomSource(seed: 7)
        var before = source.stream(.jitter, 3, 1)
        _ = source.identifier()
        _ = source.token()
        var after = source.stream(.jitter, 3, 1)
        var other = source.stream(.jitter, 3, 2)
        let first = before.unit()
        #expect(first == after.unit())
        #expect(first != other.unit())
        #expect((0..<1).contains(first))
    }

    @Test func `a token is 56 lower-case hexadecimal characters`() {
        let token = RandomSource(seed: 1).token()
        #expect(token.utf8.count == 56)
        #expect(token.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test func `ids are version 4 UUIDs that are read back in either case`() throws {
        let source = RandomSource(seed: 99)
        for _ in 0..<1000 {
            let id = source.identifier()
            let text = id.description
            #expect(text.utf8.count == 36 && Array(text)[14] == "4" && "89ab".contains(Array(text)[19]))
            #expect(Identifier(text) == id)
            #expect(Identifier(text.uppercased()) == id)
            #expect(Identifier(bytes: id.bytes) == id)
        }
    }

    @Test func `rising ids are version 4 UUIDs of one seed that come in the order of drawing`() {
        let source = RandomSource(seed: 99)
        let ids = (0..<1000).map { _ in source.risingIdentifier() }
        for (id, next) in zip(ids, ids.dropFirst()) {
            #expect(UInt32(next.high >> 32) == UInt32(id.high >> 32) &+ 1)
            #expect(id.low != next.low)
            #expect(Array(id.description)[14] == "4" && "89ab".contains(Array(id.description)[19]))
        }
        let again = RandomSource(seed: 99)
        #expect(ids == (0..<1000).map { _ in again.risingIdentifier() })
        #expect(ids[0].high >> 32 != RandomSource(seed: 100).risingIdentifier().high >> 32)
        #expect(ids[0].high >> 32 != RandomSource(seed: 99, run: 1).risingIdentifier().high >> 32)
    }

    @Test(arguments: [
        "", "0211a5c1", "0211a5c1-5400-4461-b1c6-f97f4bc8b9c", "0211a5c1-5400-4461-b1c6-f97f4bc8b9c77",
        "0211a5c15400-4461-b1c6-f97f4bc8b9c7-", "g211a5c1-5400-4461-b1c6-f97f4bc8b9c7",
        "{0211a5c1-5400-4461-b1c6-f97f4bc8b9c7}",
        "0211a5c154004461b1c6f97f4bc8b9c7",
    ])
    func `what is no UUID is refused`(text: String) {
        #expect(Identifier(text) == nil)
    }
}
