/// All operations of the simulator, shared by every interface that requests them.
struct Operations: Sendable {
    let trigger: TriggerEvents
    let retry: RetryFailedEvents
    let resend: ResendEvent
    let createSubscription: CreateSubscription
    let deleteSubscription: DeleteSubscription
    let issueToken: IssueToken
    let createPartner: CreatePartner
    let removePartner: RemovePartner
    let changeSettings: ChangeSettings
    let faults: ChangeFaults
    let moveClock: MoveClock
    let expect: Expect
    let scenarios: RunScenario
    let reset: ResetSimulator
    /// The service that finishes the operations on many events.
    let bulk: BulkRunner
}
