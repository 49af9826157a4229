import SQLite
import Testing

@Suite struct StatementCacheTests {
    @Test func `a connection goes on with more different statements than it keeps`() throws {
        let connection = try Connection(path: ":memory:", statementLimit: 8)
        try connection.execute("CREATE TABLE numbers (number INTEGER NOT NULL)")
        // A statement that is removed from the cache while it is being stepped stays valid.
        try connection.run("INSERT INTO numbers VALUES (1), (2), (3)")
        let rows = try connection.prepare("SELECT number FROM numbers ORDER BY number")
        var found: [Int] = []
        while try rows.step() {
            found.append(try rows.integer(0))
            for number in 0..<50 {
                let value = try connection.first("SELECT \(number) + ?", found.count) { try $0.integer(0) }
                #expect(value == number + found.count)
            }
        }
        #expect(found == [1, 2, 3])
    }
}
