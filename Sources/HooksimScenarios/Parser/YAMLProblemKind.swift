/// The problems of libyaml for which the simulator has clearer words.
enum YAMLProblemKind: CaseIterable {
    case tab, secondDocument, nesting
    /// A character that can't begin a value.
    case character

    /// The kinds of libyaml's messages. Its parser describes a problem by a message alone, without a code, and Yams
    /// passes that on, so this is the only place that lists them. A message of a later version that is not listed here
    /// is shown unchanged.
    static let ofTexts: [String: Self] = [
        "found a tab character that violates indentation": .tab,
        "found a tab character where an indentation space is expected": .tab,
        "did not find expected <document start>": .secondDocument,
        "but found another document": .secondDocument,
        "Maximum nesting level reached, set with yaml_set_max_nest_level())": .nesting,
        "found character that cannot start any token": .character,
    ]
}
