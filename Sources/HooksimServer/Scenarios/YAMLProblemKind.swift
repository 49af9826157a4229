/// What libyaml finds wrong with a text, as far as we have better words for it.
enum YAMLProblemKind: CaseIterable {
    case tab, secondDocument, nesting
    /// A character that can't be the first of a value.
    case character

    /// The kinds of libyaml's texts. Its parser tells what is wrong by a text alone, without a code, and Yams hands that on; so this is
    /// the one place that knows them. A text of a later version that is not here is shown as it is.
    static let ofTexts: [String: Self] = [
        "found a tab character that violates indentation": .tab,
        "found a tab character where an indentation space is expected": .tab,
        "did not find expected <document start>": .secondDocument,
        "but found another document": .secondDocument,
        "Maximum nesting level reached, set with yaml_set_max_nest_level())": .nesting,
        "found character that cannot start any token": .character,
    ]
}
