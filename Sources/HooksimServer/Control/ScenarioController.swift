import HooksimScenarios
import Hummingbird
import StrictJSON
import Webhooks

/// `POST /__admin/scenarios`: runs a scenario inside the running simulator, as a partner of its own, and responds with
/// its report.
struct ScenarioController: Sendable {
    let scenarios: RunScenario

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/scenarios", "runScenario", body: .json, usesStore: false) { try await run($0, $1) }
    }

    private func run(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        // The body is parsed like a scenario file, so that each problem has a line and a column; it must be JSON all
        // the same.
        let bytes = try await request.bodyBytes()
        do {
            _ = try JSON(parsing: bytes)
        } catch let error as JSONError where error.isTooDeep {
            // The scenario's parser reports this problem with its position.
        } catch {
            throw APIError.badRequest("the body is not valid JSON: \(error)")
        }
        do {
            return .json(.ok, try await scenarios.run(String(decoding: bytes, as: UTF8.self), on: context.channel).json)
        } catch let error as ScenarioProblems {
            var failure = ValidationFailure()
            for problem in error.problems {
                failure.add(
                    "\(problem.position.line):\(problem.position.column)", .invalid(problem.message), .unacceptable)
            }
            throw failure
        }
    }
}
