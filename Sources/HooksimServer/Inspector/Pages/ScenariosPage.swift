import HooksimScenarios
import Hummingbird
import StrictJSON
import Webhooks

/// The page that runs a scenario, and shows the history of the simulator as a recording.
struct ScenariosPage: Sendable {
    let frame: InspectorFrame
    let recordings: RecordingController

    private static let example = """
        name: Two failures, then success
        settings: { retry_schedule: [0s, 1m, 10m] }
        receivers:
          shop: { respond: [503, 503, 200] }
        steps:
          - subscribe: { topic: invoice_paid, to: shop }
          - trigger: { topic: invoice_paid }
          - advance: 12m
          - expect: { of: events, where: { status: delivered, attempts: 3 }, count: 1 }
        """

    /// Returns the page, with the recording only on request, since the cost of a recording grows with the history.
    func show(_ request: Request) async throws -> Response {
        guard (try? request.queryFields())?.first("recording") != nil else {
            return render(request, scenario: Self.example)
        }
        let (_, isCut, recording) = try await recordings.recording(of: nil)
        return render(request, scenario: recording, ["isRecording": true, "isCut": isCut])
    }

    func show(_ request: Request, scenario: String, report: JSON) -> Response {
        let steps = (report["steps"]?.array ?? []).map { step -> [String: Any] in
            var row = step.shown
            row["outcome"] = step["passed"] == true ? "ok" : "failed"
            row["class"] = step["passed"] == true ? "passed" : "failed"
            return row
        }
        let outcome = report["passed"] == true ? "passed" : "failed"
        return render(
            request, scenario: scenario,
            [
                "report": [
                    "name": report["name"]?.string ?? "", "outcome": outcome, "class": outcome, "steps": steps,
                ] as [String: Any]
            ])
    }

    func show(_ request: Request, scenario: String, problems: ScenarioProblems) -> Response {
        render(request, scenario: scenario, ["problems": problems.description])
    }

    private func render(_ request: Request, scenario: String, _ more: [String: Any] = [:]) -> Response {
        var context = more
        context["scenario"] = scenario
        return frame.render("scenarios", title: "Scenarios", request, context)
    }
}
