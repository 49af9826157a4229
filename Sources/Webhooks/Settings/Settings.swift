/// What can be changed while the simulator runs (`PATCH /__admin/settings`): a value of each of the ``SettingDefinitions``, under
/// the name that its definition has there.
@dynamicMemberLookup
package struct Settings: Sendable {
    /// All settings there are, in the order in which they are listed.
    package static let definitions: [any SettingDefinition] = Mirror(reflecting: table).children.compactMap {
        $0.value as? any SettingDefinition
    }

    private static let table = SettingDefinitions()

    /// The values that are not the sandbox's defaults, by name.
    private var values: [String: any Sendable] = [:]

    /// The defaults of a profile.
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
        // Its definition is the only way to set a value, so the type is the definition's.
        values[setting.name].map { $0 as! Value } ?? setting.defaultValue
    }

    mutating func set<Value>(_ setting: Setting<Value>, to value: Value) { values[setting.name] = value }
}

extension Settings {
    /// The names of all settings.
    package static var names: [String] { definitions.map(\.name) }

    /// Changes the named settings; none of them when one is wrong.
    ///
    /// - Throws: a ``ValidationFailure`` that names every wrong or unknown field.
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

    /// All values, by name.
    package var json: JSONObject { JSONObject(Self.definitions.map { ($0.name, $0.json(in: self)) }) }
}
