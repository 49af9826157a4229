package import StrictJSON

/// The definition of one setting, whatever the type of its value is.
package protocol SettingDefinition: Sendable {
    /// The setting's name in JSON.
    var name: String { get }
    /// A phrase that describes the setting, with a capital letter and without a full stop.
    var help: String { get }
    /// The valid values in a few words, as in `1…1024`.
    var values: String { get }
    /// The default, as the text of an option.
    var defaultText: String { get }
    /// The bounds of the values, if a schema can't express them.
    var bounds: String? { get }
    /// The meaning of `null`; `nil` if it is not a valid value.
    var meaningOfNull: String? { get }

    /// Returns the value of the setting in JSON.
    func json(in settings: Settings) -> JSON
    /// Sets the value of the setting.
    ///
    /// - Throws: a ``Problem`` if the setting can't have the value.
    func set(_ value: JSON, in settings: inout Settings) throws
    /// Sets the default value in profile `faithful`.
    func setFaithful(in settings: inout Settings)
    /// Returns the JSON of a text from an option, an environment variable or a configuration file. It may have a wrong
    /// type, which ``set(_:in:)`` refuses.
    func json(text: String) -> JSON
    /// Returns the JSON Schema of the values.
    ///
    /// - Parameter duration: the reference to the schema that all durations share.
    func schema(duration: String) -> JSONObject
}

extension SettingDefinition {
    /// The setting's name as an option of `hooksim serve`, without the dashes in front.
    package var optionName: String { name.replacing("_", with: "-") }

    /// The valid texts of the option of `hooksim serve`.
    package var choices: String { meaningOfNull.map { "\(values) or none for \($0)" } ?? values }

    /// The help of the option of `hooksim serve`.
    package var optionHelp: String {
        "\(optionName) (\(choices), default \(defaultText)): \(help.prefix(1).lowercased())\(help.dropFirst())."
    }

    /// The description of the setting in the schemas, as a sentence.
    package var description: String {
        help + (bounds.map { ", \($0)" } ?? "") + (meaningOfNull.map { "; `null` is \($0)" } ?? "") + "."
    }
}

/// The definition of a setting whose values are of one type.
///
/// It is a class, since each request reads settings, and a structure would be copied with all its texts.
package final class Setting<Value: Sendable>: SettingDefinition {
    package let name: String
    package let help: String
    let type: SettingType<Value>
    let defaultValue: Value
    /// The default in profile `faithful`; `nil` if it is the same.
    let faithfulValue: Value?

    init(
        _ name: String, _ type: SettingType<Value>, default defaultValue: Value, faithful: Value? = nil, help: String
    ) {
        self.name = name
        self.help = help
        self.type = type
        self.defaultValue = defaultValue
        faithfulValue = faithful
    }

    package var values: String { type.values }
    package var bounds: String? { type.bounds }
    package var meaningOfNull: String? { type.meaningOfNull }

    package var defaultText: String {
        let text = type.text(defaultValue)
        return faithfulValue.map { "\(text), \(type.text($0)) in profile faithful" } ?? text
    }

    package func json(in settings: Settings) -> JSON { type.json(settings.value(of: self)) }

    package func set(_ value: JSON, in settings: inout Settings) throws {
        settings.set(self, to: try type.parse(value))
    }

    package func setFaithful(in settings: inout Settings) {
        if let faithfulValue { settings.set(self, to: faithfulValue) }
    }

    package func json(text: String) -> JSON { type.read(text) }

    package func schema(duration: String) -> JSONObject { type.schema(JSONObject([("$ref", .string(duration))])) }
}
