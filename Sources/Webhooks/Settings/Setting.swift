/// The definition of one setting, whatever the type of its value is.
package protocol SettingDefinition: Sendable {
    /// Its name in JSON.
    var name: String { get }
    /// A phrase that says what it sets, with a capital letter and without a full stop.
    var help: String { get }
    /// What its values may be, in a few words, as in `1…1024`.
    var values: String { get }
    /// The text that an option would give to set its default.
    var defaultText: String { get }
    /// The bounds of its values where a schema can't say them.
    var bounds: String? { get }
    /// What `null` means as a value; `nil` if it is none.
    var meaningOfNull: String? { get }

    /// The value in JSON.
    func json(in settings: Settings) -> JSON
    /// Sets the value.
    ///
    /// - Throws: a ``Problem`` if the setting can't have the value.
    func set(_ value: JSON, in settings: inout Settings) throws
    /// Sets the default of profile `faithful`.
    func setFaithful(in settings: inout Settings)
    /// The JSON of a text as an option, an environment variable or a configuration file has it. It may be of a wrong type, which
    /// ``set(_:in:)`` refuses.
    func json(text: String) -> JSON
    /// The JSON Schema of the values.
    ///
    /// - Parameter duration: the reference of the schema that all durations share.
    func schema(duration: String) -> JSONObject
}

extension SettingDefinition {
    /// Its name as an option of `hooksim serve`, without the dashes in front.
    package var optionName: String { name.replacing("_", with: "-") }

    /// The help of the option of `hooksim serve`.
    package var optionHelp: String {
        let choices = meaningOfNull.map { "\(values) or none for \($0)" } ?? values
        return "\(optionName) (\(choices), default \(defaultText)): \(help.prefix(1).lowercased())\(help.dropFirst())."
    }

    /// What the schemas say of it, as a sentence.
    package var description: String {
        help + (bounds.map { ", \($0)" } ?? "") + (meaningOfNull.map { "; `null` is \($0)" } ?? "") + "."
    }
}

/// The definition of a setting whose values are of one type.
package struct Setting<Value: Sendable>: SettingDefinition {
    package let name: String
    package let help: String
    let type: SettingType<Value>
    let defaultValue: Value
    /// The default in profile `faithful`, if it is another one.
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
