"""A failing endpoint does not delay others, and concurrent retries of all events retry each event once."""

from __future__ import annotations

import threading
import time

from ..figures import percentile
from ..receiver import OK, Delivery, Receiver, response
from .attack import Attack, promise


def head_of_line(attack: Attack) -> None:
    """Uses a dead endpoint with 1,000 queued events and a healthy one on the same host and port."""
    queued, healthy = 1000, 200
    arrived: dict[str, float] = {}

    def behave(delivery: Delivery, _: object) -> bytes | None:
        if delivery.path == "/dead":
            receiver.is_stopped.wait(60)
            return None
        arrived[delivery.id] = delivery.at
        return OK

    receiver = attack.keep(Receiver(behave))
    simulator = attack.simulator(store=attack.folder / "head-of-line.db")
    simulator.client.subscribe(receiver.url + "/dead", "payout_failed")
    simulator.client.subscribe(receiver.url + "/healthy")
    simulator.client.trigger("payout_failed", queued)
    started: dict[str, float] = {}
    for _ in range(healthy):
        start = time.monotonic()
        (event,) = simulator.client.trigger()
        started[event["id"]] = start
        time.sleep(0.01)
    simulator.client.expect("events", {"topic": "invoice_paid", "status": "delivered"}, count=healthy, seconds=30)
    waits = [arrived[identifier] - start for identifier, start in started.items()]
    p99 = percentile(waits, 0.99)
    promise(p99 < 1, f"p99 of the healthy endpoint is {p99:.3f} s")
    # The deliveries to the dead endpoint need not be waited for.
    simulator.kill()
    attack.say(
        f"{queued} queued to a dead endpoint: the healthy one's p50 {percentile(waits, 0.5) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms"
    )


def retry_all(attack: Attack) -> None:
    """Sends `POST /webhooks/retry` 20 times at once, with 500 failed and 500 delivered events."""
    each, callers = 500, 20
    refuses = True

    def behave(delivery: Delivery, _: object) -> bytes:
        return response(500) if refuses and delivery.path == "/failing" else OK

    receiver = attack.keep(Receiver(behave))
    simulator = attack.simulator("--retry-schedule", "0s", store=attack.folder / "retry-all.db")
    simulator.client.subscribe(receiver.url + "/failing", "payout_failed")
    simulator.client.subscribe(receiver.url + "/fine")
    simulator.client.trigger(count=each)
    simulator.client.trigger("payout_failed", each)
    simulator.client.expect("events", {"status": "failed"}, count=each)
    simulator.client.expect("events", {"status": "delivered"}, count=each)
    failed = {delivery.id for delivery in receiver.received if delivery.path == "/failing"}
    refuses = False
    before = len(receiver.received)
    token = simulator.client.token
    statuses: list[int] = []
    barrier = threading.Barrier(callers)

    def retry() -> None:
        barrier.wait()
        statuses.append(simulator.client.send("POST", "/webhooks/retry", token=token).status)

    threads = [threading.Thread(target=retry) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    promise(statuses == [200] * callers, f"the statuses of the responses are {sorted(statuses)}")
    simulator.client.expect("events", {"status": "delivered"}, count=2 * each)
    time.sleep(0.5)
    again = [delivery.id for delivery in receiver.received[before:]]
    promise(len(again) == len(set(again)), f"{len(again) - len(set(again))} events were sent more than once")
    promise(
        set(again) == failed, f"{len(set(again) ^ failed)} events were sent that had not failed, or not sent that had"
    )
    attack.say(
        f"{callers} retries at once over {each} failed and {each} delivered: {len(again)} sent, each once, 0 delivered ones"
    )
