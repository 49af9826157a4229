import Testing
import Webhooks

@testable import HooksimServer

@Suite struct AttemptSummaryTests {
    @Test(arguments: [
        (AttemptResult(statusCode: 200), "200"), (AttemptResult(statusCode: 503), "503"),
        (AttemptResult(statusCode: 302), "302"),
        (
            AttemptResult(statusCode: 200, failure: .incompleteResponse),
            "200, the receiver closed the connection before the response was complete"
        ), (AttemptResult(failure: .connectionRefused), "connection refused"),
        (AttemptResult(statusCode: 200, failure: .lostResponse), "200, the receiver's response was lost by a fault"),
    ])
    func `an attempt is shown by its status, and by its failure where the status is not the reason`(
        result: AttemptResult, text: String
    ) {
        let failure = result.reasonForFailure
        #expect(
            AttemptSummary.text(statusCode: result.statusCode, failure: failure?.kind, error: failure?.description)
                == text)
    }
}
