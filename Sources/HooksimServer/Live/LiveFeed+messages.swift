import StrictJSON
import Webhooks

extension LiveFeed {
    /// Publishes an attempt and the change of its event.
    /// - Parameter outcome: The state of the event after the attempt.
    func publish(_ attempt: FinishedAttempt, clientID: String, outcome: EventTable.Outcome) {
        guard hasSubscribers else { return }
        let delivery = attempt.delivery
        for response in attempt.responses {
            let failure = response.result.reasonForFailure
            publish(.attempt) { writer in
                writer.beginObject()
                writer.name("event_id")
                writer.identifier(delivery.eventID)
                writer.name("topic")
                writer.string(delivery.topic.rawValue)
                writer.name("entity_id")
                writer.string(delivery.entityID)
                writer.name("client_id")
                writer.string(clientID)
                writer.name("endpoint_url")
                writer.string(delivery.endpointURL)
                writer.name("attempt")
                writer.integer(delivery.attempt)
                writer.name("at")
                writer.timestamp(attempt.startedAt)
                writer.name("duration_ms")
                writer.integer((attempt.endedAt - attempt.startedAt).milliseconds)
                writer.name("status_code")
                writer.value(response.result.statusCode.map { .number($0) } ?? .null)
                writer.name("error")
                writer.value(.string(orNull: failure?.description))
                writer.name("failure")
                writer.value(.string(orNull: failure?.kind.rawValue))
                writer.name("fault")
                writer.value(.string(orNull: delivery.fault?.effect.name))
                writer.name("outcome")
                writer.string((response.result.isSuccess ? EventStatus.delivered : .failed).rawValue)
                writer.name("next_attempt_at")
                writer.value(.string(orNull: outcome.dueAt?.description))
                writer.endObject()
            }
        }
        guard outcome.status != .pending else { return }
        publishEvent(
            delivery.eventID, topic: delivery.topic, entityID: delivery.entityID, clientID: clientID,
            status: outcome.status, at: attempt.endedAt)
    }

    func publishEvent(
        _ id: Identifier, topic: Topic, entityID: String, clientID: String, status: EventStatus, at instant: Timestamp
    ) {
        publish(.event) { writer in
            writer.beginObject()
            writer.name("id")
            writer.identifier(id)
            writer.name("topic")
            writer.string(topic.rawValue)
            writer.name("entity_id")
            writer.string(entityID)
            writer.name("client_id")
            writer.string(clientID)
            writer.name("status")
            writer.string(status.rawValue)
            writer.name("at")
            writer.timestamp(instant)
            writer.endObject()
        }
    }

    func publish(_ request: RequestLog.Entry) { publish(.request) { $0.value(.object(request.json)) } }
}
