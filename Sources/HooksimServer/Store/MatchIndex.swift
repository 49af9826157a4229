/// The fields of a row that conditions compare, as values in memory.
protocol RowFacts: Sendable {
    /// A field, whose raw value is its name on the wire.
    associatedtype Field: RawRepresentable<String>, Hashable, Sendable

    /// The number of the row.
    var row: Int { get }
    subscript(field: Field) -> FieldValue { get }
}

/// Elements by the values that they want the fields of a row to have.
///
/// The elements that want values of the same fields share one table by these values. So a changed row finds those that
/// it concerns with one look-up for each set of fields, and visits no other element.
struct MatchIndex<Facts: RowFacts, Element: Sendable>: Sendable {
    private struct Table: Sendable {
        let fields: [Facts.Field]
        var elements: [[FieldValue]: [Int: Element]] = [:]

        func key(_ facts: Facts) -> [FieldValue] { fields.map { facts[$0] } }
    }

    private var tables: [Table] = []

    var isEmpty: Bool { tables.isEmpty }

    /// All elements, in no particular order.
    var all: [Element] { tables.flatMap { $0.elements.values.flatMap(\.values) } }

    /// Inserts an element.
    ///
    /// - Parameter wanted: The values that it wants, by the names of the fields.
    mutating func insert(_ element: Element, id: Int, wanted: [String: FieldValue]) {
        let (fields, key) = Self.key(wanted)
        let index = tables.firstIndex { $0.fields == fields } ?? tables.endIndex
        if index == tables.endIndex { tables.append(Table(fields: fields)) }
        tables[index].elements[key, default: [:]][id] = element
    }

    /// Removes the element that was inserted with the same id and values, if there is one.
    mutating func remove(id: Int, wanted: [String: FieldValue]) {
        let (fields, key) = Self.key(wanted)
        guard let index = tables.firstIndex(where: { $0.fields == fields }) else { return }
        tables[index].elements[key]?[id] = nil
        if tables[index].elements[key]?.isEmpty ?? false { tables[index].elements[key] = nil }
        if tables[index].elements.isEmpty { tables.remove(at: index) }
    }

    /// Returns the elements that a row matched before a change and no longer does, and those that it now matches.
    ///
    /// - Parameters:
    ///   - old: The row before the change; `nil` if it is new.
    ///   - new: The row after the change; `nil` if it is removed.
    func change(from old: Facts?, to new: Facts?) -> (left: [Element], joined: [Element]) {
        var (left, joined): ([Element], [Element]) = ([], [])
        for table in tables {
            let (oldKey, newKey) = (old.map(table.key), new.map(table.key))
            if oldKey == newKey { continue }
            if let found = oldKey.flatMap({ table.elements[$0] }) { left += found.values }
            if let found = newKey.flatMap({ table.elements[$0] }) { joined += found.values }
        }
        return (left, joined)
    }

    private static func key(_ wanted: [String: FieldValue]) -> (fields: [Facts.Field], values: [FieldValue]) {
        let sorted = wanted.sorted { $0.key < $1.key }
        let fields = sorted.map { name, _ in
            guard let field = Facts.Field(rawValue: name) else {
                preconditionFailure("these rows have no field \(name)")
            }
            return field
        }
        return (fields, sorted.map(\.value))
    }
}
