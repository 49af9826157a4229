/// Suggests the word that a misspelt one probably stands for.
package enum Suggestion {
    /// Returns the known word that is nearest to a misspelt one: at most a third of its letters differ, where two
    /// exchanged neighbours count as one, and the words have letters in common. If there is none, it returns the only
    /// known word that begins or ends with the misspelt one: `secret_key` for `secret`.
    package static func nearest(to word: String, among known: [String]) -> String? {
        let word = word.lowercased()
        let farthest = max(1, word.count / 3)
        let scored = known.filter { abs($0.count - word.count) <= farthest }.map {
            (word: $0, distance: distance(Array(word), Array($0.lowercased())))
        }
        if let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= farthest,
            best.distance < max(word.count, best.word.count)
        {
            return best.word
        }
        let longer = known.filter { $0.hasPrefix(word + "_") || $0.hasSuffix("_" + word) }
        return longer.count == 1 && word.count > 2 ? longer[0] : nil
    }

    /// Returns a hint at the word to write instead of an unknown one.
    package static func hint(for word: String, among known: [String], orElse expected: String) -> String {
        nearest(to: word, among: known).map { "did you mean \($0)?" } ?? "expected \(expected)"
    }

    /// Returns the optimal string alignment distance of two words.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var rows = [Array(0...right.count)]
        for i in 1...left.count {
            var row = [i]
            for j in 1...right.count {
                var best = min(
                    rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1))
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}

extension [String] {
    /// The elements as a list of alternatives, such as `events, attempts or requests`.
    package var alternatives: String { joined(lastly: "or") }
    /// The elements as a list, such as `retry and wait`.
    package var enumeration: String { joined(lastly: "and") }

    private func joined(lastly word: String) -> String {
        guard let last, count > 1 else { return first ?? "none" }
        return "\(dropLast().joined(separator: ", ")) \(word) \(last)"
    }
}
