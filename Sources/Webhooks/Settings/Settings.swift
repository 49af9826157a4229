package import StrictJSON

/// The settings that can be changed while the simulator runs (`PATCH /__admin/settings`): a value for each of the
/// ``SettingDefinitions``, under the name of its definition.
@dynamicMemberLookup
package struct Settings: Sendable {
    /// The definitions of all settings, in the order in which they are listed.
    package static let definitions: [any SettingDefinition] = Mirror(reflecting: table).children.compactMap {
        $0.value as? any SettingDefinition
    }

    private static let table = SettingDefinitions()

    /// The values that have been set, by name; the others are the defaults of profile `sandbox`.
    private var values: [String: any Sendable] = [:]

    /// Creates the default settings of a profile.
    package init(profile: Profile = .sandbox) {
        guard profile == .faithful else { return }
        for definition in Self.definitions { definition.setFaithful(in: &self) }
    }

    /// The value of a setting.
    package subscript<Value>(dynamicMember setting: KeyPath<SettingDefinitions, Setting<Value>>) -> Value {
        get { value(of: Self.table[keyPath: setting]) }
        set { set(Self.table[keyPath: setting], to: newValue) }
    }

    func value<Value>(of setting: Setting<Value>) -> Value {
        // A value is set only through its definition, so it has the type of the definition.
        values[setting.name].map { $0 as! Value } ?? setting.defaultValue
    }

    mutating func set<Value>(_ setting: Setting<Value>, to value: Value) { values[setting.name] = value }
}

extension Settings {
    /// The names of all settings.
    package static var names: [String] { definitions.map(\.name) }

    /// Changes the named settings, or none of them if one is wrong.
    ///
    /// - Throws: a ``ValidationFailure`` that names each wrong or unknown field.
    package mutating func apply(_ patch: JSONObject) throws {
        var changed = self
        var failure = ValidationFailure()
        for (name, value) in patch.members {
            _ = failure.collect(name, .unacceptable) {
                guard let setting = Self.definitions.first(where: { $0.name == name }) else {
                    throw Problem.invalid("is not a setting; the settings are \(Self.names.joined(separator: ", "))")
                }
                try setting.set(value, in: &changed)
            }
        }
        try failure.check()
        self = changed
    }

    /// The values of all settings, by name.
    package var json: JSONObject { JSONObject(Self.definitions.map { ($0.name, $0.json(in: self)) }) }
}
