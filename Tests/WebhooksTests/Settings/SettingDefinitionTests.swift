import StrictJSON
import Testing

@testable import Webhooks

@Suite struct SettingDefinitionTests {
    @Test func `each property of the table is a setting with a name of its own`() {
        #expect(Settings.definitions.count == Mirror(reflecting: SettingDefinitions()).children.count)
        #expect(Set(Settings.names).count == Settings.names.count)
    }

    @Test(arguments: Profile.allCases)
    func `a setting has the default of its profile until it is set`(profile: Profile) throws {
        var settings = Settings(profile: profile)
        #expect(settings.rateLimit == (profile == .faithful ? 5 : nil))
        #expect(settings.retrySchedule == Assumptions.retrySchedule)
        settings.rateLimit = nil
        settings.deliveryConcurrency = 7
        #expect(settings.json["rate_limit"] == .null)
        #expect(settings.json["delivery_concurrency"] == 7)
        #expect(settings.rateLimit == nil && settings.deliveryConcurrency == 7)
    }

    @Test func `the default that its help names is a text that its option takes`() throws {
        for setting in Settings.definitions {
            var settings = Settings(profile: .faithful)
            let text = try #require(setting.defaultText.split(separator: ", ").first.map(String.init))
            try setting.set(setting.json(text: text), in: &settings)
            #expect(setting.json(in: settings) == setting.json(in: Settings()), "\(setting.name)")
        }
    }

    @Test func `its help says what it is, which values it has, and what it is by default`() {
        let settings = Settings.definitions.filter { ["rate_limit", "token_ttl"].contains($0.name) }
        #expect(
            settings.map(\.optionHelp) == [
                "rate-limit (1…100000 or none for no limit, default none, 5 in profile faithful): how many requests a second each client may send.",
                "token-ttl (duration from 1ms to 365d, default 1h): how long a new access token is valid.",
            ])
        #expect(settings.first?.description == "How many requests a second each client may send; `null` is no limit.")
    }
}
