import ArgumentParser
import Webhooks

/// The options of `hooksim serve` that are settings. They are derived from the definitions, so that no list of
/// properties repeats them.
struct SettingOptions: ParsableArguments {
    /// The texts of the given options, by the options' names.
    private(set) var given: [String: String] = [:]

    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for setting in Settings.definitions {
            let option = try container.decode(Option<String?>.self, forKey: Key(stringValue: setting.name))
            given[setting.optionName] = option.wrappedValue
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}

/// ArgumentParser finds the options of a type by the properties in its mirror.
extension SettingOptions: CustomReflectable {
    var customMirror: Mirror {
        Mirror(
            self,
            children: Settings.definitions.map { setting in
                (
                    setting.name,
                    Option<String?>(
                        name: .customLong(setting.optionName),
                        help: ArgumentHelp(setting.optionHelp, valueName: setting.optionName))
                )
            })
    }
}
