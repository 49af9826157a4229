import Webhooks

/// Makes one attempt as its fault, if it has one, would have it.
struct DeliveryExchange: Sendable {
    let sender: any AttemptSender

    /// The response that counts, and those to the copies that a fault made.
    ///
    /// - Parameter isWanted: whether the delivery is still to be sent, which is asked before each copy after the first.
    func run(
        _ delivery: OutgoingDelivery, timeout: TimeSpan, isWanted: () -> Bool
    ) async -> [ReceiverResponse] {
        guard let fault = delivery.deliveryFault, var generator = delivery.fault?.generator else {
            return [await sender.send(delivery, timeout: timeout)]
        }
        var altered = delivery
        switch fault {
        case .drop: return [.failed(.dropped)]
        case .lose: return [ReceiverResponse(result: AttemptResult(statusCode: 200))]
        case .timeout: return [.failed(.responseTimeout(within: timeout))]
        case .connection(.refuse): return [.failed(.connectionRefused)]
        case .connection(.reset): return [.failed(.connectionReset)]
        case .status(let status): return [ReceiverResponse(result: AttemptResult(statusCode: status))]
        case .duplicate(let times):
            var responses = [await sender.send(delivery, timeout: timeout)]
            while responses.count < times, isWanted() {
                responses.append(await sender.send(delivery, timeout: timeout))
            }
            return responses
        case .failAfterAccept:
            var response = await sender.send(delivery, timeout: timeout)
            if response.result.isSuccess { response.result.failure = .lostResponse }
            return [response]
        case .delay, .reorder: break
        case .truncateBody: altered.payload = Array(delivery.payload.prefix(delivery.payload.count / 2))
        case .corruptBody: Self.corrupt(&altered.payload, using: &generator)
        case .wrongSecret: altered.secretKey = "wrong-" + String(generator.next(), radix: 16)
        case .noSecret: altered.secretKey = nil
        }
        return [await sender.send(altered, timeout: timeout)]
    }

    /// Changes one letter or digit into another one: a receiver that does not look closely takes it for the truth.
    private static func corrupt(_ payload: inout [UInt8], using generator: inout SeededGenerator) {
        let isLetterOrDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) }
        let candidates = payload.indices.filter { isLetterOrDigit(payload[$0]) }
        guard let index = candidates.randomElement(using: &generator) else { return }
        let (first, count): (UInt8, UInt8) = payload[index] <= 0x39 ? (0x30, 10) : (0x61, 26)
        payload[index] = first + (payload[index] - first + UInt8.random(in: 1..<count, using: &generator)) % count
    }
}

extension ReceiverResponse {
    fileprivate static func failed(_ failure: AttemptFailure) -> Self {
        ReceiverResponse(result: AttemptResult(failure: failure))
    }
}
