/// The table of the steps that a scenario can have.
package enum ScenarioSteps {
    /// The actions of all steps, in the order in which they are listed.
    package static let all: [any ScenarioAction.Type] = [
        SubscribeStep.self,
        UnsubscribeStep.self,
        TriggerStep.self,
        AdvanceStep.self,
        WaitRealStep.self,
        ExpectStep.self,
        RequestStep.self,
        FaultStep.self,
        ClearFaultsStep.self,
        RetryStep.self,
        SettingsStep.self,
        RestartStep.self,
        RepeatStep.self,
        ParallelStep.self,
    ]

    /// The names of all steps, in the same order.
    package static let names = all.map { $0.name }
}
