/// Rows in columns. On a terminal, they fit its width and have a header; elsewhere, each row has its whole values.
struct TextTable {
    /// A column of the table.
    struct Column {
        let title: String
        /// The width of its longest usual value; `nil` if there is none, as for the last column.
        let width: Int?
        /// The minimum width in which its values are useful; 0 if the column may be left out.
        let minWidth: Int
        /// Whether its values have a short form of the minimum width, which is the one for a terminal.
        let isShort: Bool

        init(_ title: String, width: Int?, minWidth: Int, isShort: Bool = false) {
            self.title = title
            self.width = width
            self.minWidth = minWidth
            self.isShort = isShort
        }
    }

    /// A value in a row.
    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        /// The value where the header says what it is, or where there is less space.
        let short: String
        let colour: Terminal.Colour?

        init(_ text: String, short: String? = nil, colour: Terminal.Colour? = nil) {
            self.text = Terminal.sanitized(text)
            self.short = Terminal.sanitized(short ?? text)
            self.colour = colour
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    private static let gap = "  "

    private let columns: [Column]
    /// The widths on a terminal, 0 for a column that is left out; `nil` elsewhere.
    private let widths: [Int]?

    /// Creates a table.
    ///
    /// - Parameters:
    ///   - columns: The columns; when there is too little space, the last ones lose theirs first.
    ///   - width: The width of the terminal; `nil` if the output is not for one.
    init(_ columns: [Column], width: Int? = Terminal.width) {
        self.columns = columns
        widths = width.map { Self.widths(of: columns, within: $0) }
    }

    private static func widths(of columns: [Column], within total: Int) -> [Int] {
        var widths = columns.map(\.minWidth)
        let used = { (widths: [Int]) in
            widths.reduce(0) { $0 + ($1 == 0 ? 0 : $1 + gap.count) } - gap.count
        }
        for (index, column) in columns.enumerated() where !column.isShort {
            let needed = max(column.width ?? column.title.count, column.title.count)
            let left = total - used(widths)
            if widths[index] == 0 {
                // A column that begins with less than its title says nothing.
                guard left >= column.title.count + gap.count else { continue }
                widths[index] = column.width == nil ? left - gap.count : min(needed, left - gap.count)
            } else {
                widths[index] = min(needed, widths[index] + max(0, left))
            }
        }
        return widths
    }

    /// The titles of the columns; `nil` if the output is not for a terminal.
    var header: String? {
        widths.map { _ in line(columns.map { Cell($0.title, colour: .dim) }) }
    }

    /// Returns a row.
    ///
    /// - Parameter cells: The values, as many as there are columns; empty ones at the end are left out.
    func line(_ cells: [Cell]) -> String {
        let count = (cells.lastIndex { !$0.text.isEmpty } ?? -1) + 1
        var parts: [String] = []
        for (index, cell) in cells.prefix(count).enumerated() {
            guard let widths else {
                parts.append(Self.coloured(cell, Self.padded(cell.text, columns[index].width ?? 0, index == count - 1)))
                continue
            }
            guard widths[index] > 0 else { continue }
            let text = cell.text.count <= widths[index] && cell.short.count >= cell.text.count ? cell.text : cell.short
            let cut = text.count > widths[index] ? text.prefix(widths[index] - 1) + "…" : text
            parts.append(Self.coloured(cell, Self.padded(cut, widths[index], index == count - 1)))
        }
        return parts.joined(separator: Self.gap)
    }

    private static func padded(_ text: String, _ width: Int, _ isLast: Bool) -> String {
        isLast ? text : Terminal.pad(text, width)
    }

    private static func coloured(_ cell: Cell, _ text: String) -> String {
        cell.colour.map { Terminal.coloured(text, $0) } ?? text
    }
}
