import Webhooks

/// Carries out one attempt, altered by the fault that applies to it, if any.
struct AttemptExecution: Sendable {
    let sender: any AttemptSender

    /// Returns the response that decides the outcome of the attempt, followed by the responses to the duplicates that a
    /// fault added.
    ///
    /// - Parameter isWanted: Returns whether the delivery is still to be sent; it is called before each duplicate.
    func run(
        _ delivery: OutgoingDelivery, timeout: TimeSpan, isWanted: () -> Bool
    ) async -> [ReceiverResponse] {
        guard let fault = delivery.deliveryFault, var generator = delivery.fault?.generator else {
            return [await sender.send(delivery, timeout: timeout)]
        }
        switch fault {
        case .end(let result): return [ReceiverResponse(result: result)]
        case .timeout:
            return [ReceiverResponse(result: AttemptResult(failure: .responseTimeout(within: timeout)))]
        case .duplicate(let times):
            var responses = [await sender.send(delivery, timeout: timeout)]
            while responses.count < times, isWanted() {
                responses.append(await sender.send(delivery, timeout: timeout))
            }
            return responses
        case .judge(let judged):
            var response = await sender.send(delivery, timeout: timeout)
            response.result = judged(response.result)
            return [response]
        case .delay, .reorder: return [await sender.send(delivery, timeout: timeout)]
        case .alter(let alter):
            var altered = delivery
            alter(&altered.payload, &altered.secretKey, &generator)
            return [await sender.send(altered, timeout: timeout)]
        }
    }
}
