import Hummingbird
import Webhooks

/// `POST /__admin/scenarios`: runs a scenario inside the running simulator, as a partner of its own, and answers its report.
struct ScenarioController: Sendable {
    let adminToken: String?

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/scenarios", "runScenario") { try await run($0, $1) }
    }

    private func run(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        // Parsed as a file is, so that a problem is told by its line and column; the body is JSON all the same.
        let bytes = try await request.bodyBytes()
        do {
            _ = try JSON(parsing: bytes)
        } catch {
            throw APIError.badRequest("the body is not valid JSON: \(error)")
        }
        let scenario: Scenario
        do {
            scenario = try ScenarioFile.parse(String(decoding: bytes, as: UTF8.self))
        } catch let error as ScenarioProblems {
            var failure = ValidationFailure()
            for problem in error.problems {
                failure.add(
                    "\(problem.position.line):\(problem.position.column)", .invalid(problem.message), .unacceptable)
            }
            throw failure
        }
        let port = context.channel.localAddress?.port ?? 0
        let target = RunningSimulator(url: "http://127.0.0.1:\(port)", adminToken: adminToken)
        let report = await ScenarioRunner(scenario, name: scenario.name ?? "scenario", target: target).run()
        return .json(.ok, report.json)
    }
}
