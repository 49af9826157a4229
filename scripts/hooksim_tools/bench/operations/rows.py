"""The operations that are measured, each on a store with many events."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ...client import MAX_COUNT, Client
from ...process import wait_until
from ..measurements import progress
from ..simulator import OTHER_TOPIC, MeasuredSimulator
from .meanwhile import Meanwhile, Row

# The topics of the events that operations are about. The healthy partner has another one.
BUSY_TOPIC = "payout_paid"
TRIGGERED_TOPIC = "customer_created"
TRIGGERED_SUBSCRIPTIONS = 5
ENDPOINT = "http://127.0.0.1:9/"
# Deliveries that fail at once without being sent, so that no receiver takes processor time.
DROPPED: list[dict[str, object]] = [
    {"target": "delivery", "match": {"topic": topic}, "effect": {"drop": True}}
    for topic in (BUSY_TOPIC, TRIGGERED_TOPIC)
]
DELAYED: dict[str, object] = {"target": "delivery", "match": {"topic": BUSY_TOPIC}, "effect": {"delay": "1h"}}
BACKUP_MS = 1000.0


@dataclass(frozen=True)
class Size:
    binary: str
    folder: Path
    events: int

    @property
    def patience(self) -> float:
        """A limit in seconds for an operation on all events, which only ends runs that hang."""
        return 120 + self.events / 500


class Run:
    """A simulator with a healthy partner, and with as many failed events of the default client as are requested."""

    def __init__(self, stack: ExitStack, size: Size, name: str, *options: str) -> None:
        for rule in DROPPED:
            options += ("--fault", json.dumps(rule))
        self.size = size
        self.simulator = stack.enter_context(MeasuredSimulator(size.binary, size.folder, name, *options))
        self.client = self.simulator.client
        self.meanwhile = Meanwhile(self.simulator, size.folder)
        stack.callback(self.meanwhile.stop)
        self.subscription = ""

    def send(self, method: str, path: str, body: object = None, token: str | None = None, *statuses: int) -> None:
        """Sends a request and discards its response, however large it is."""
        parts = urlsplit(self.simulator.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=self.size.patience)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, data, headers)
        response = connection.getresponse()
        first = response.read(1000)
        while response.read(1 << 20):
            pass
        connection.close()
        if response.status not in (statuses or (200, 201)):
            raise RuntimeError(f"the response to {method} {path} is {response.status}: {first!r}")

    def trigger(self, topic: str, count: int, client_id: str) -> None:
        for start in range(0, count, MAX_COUNT):
            body = {"topic": topic, "count": min(MAX_COUNT, count - start), "client_id": client_id}
            self.send("POST", "/__admin/events", body)

    def events(self, status: str) -> int:
        return round(self.client.metrics()[f'hooksim_events{{status="{status}"}}'])

    def fill(self) -> None:
        """Adds what lacks of the failed events."""
        lacking = self.size.events - self.events("failed")
        if lacking <= 0:
            return
        active = self.client.subscriptions(topic=BUSY_TOPIC, is_active="true")
        self.subscription = active[0]["id"] if active else self.client.subscribe(ENDPOINT, BUSY_TOPIC)
        progress(f"  creating {lacking:,} events")
        self.trigger(BUSY_TOPIC, lacking, self.client.client_id)
        self.wait_until_delivered()
        self.wait_until_quiet()

    def wait_until_delivered(self) -> float:
        """Waits until no event is pending but those of the healthy partner, and returns when that was."""
        wait_until(lambda: self.events("pending") < 5, self.size.patience, "all deliveries have ended", pause=0.1)
        return time.monotonic()

    def wait_for_attempts(self, count: int) -> None:
        """Waits until so many attempts have failed, and the server works no more."""
        name = 'hooksim_delivery_attempts_total{outcome="failed"}'
        wait_until(lambda: self.client.metrics()[name] >= count, self.size.patience, "the attempts end", pause=0.2)
        self.wait_until_quiet()

    def wait_until_quiet(self) -> float:
        return self.meanwhile.wait_until_quiet(self.size.patience)

    def replace_faults(self, *rules: dict[str, object]) -> None:
        self.client.control("DELETE", "/faults")
        for rule in rules:
            self.client.control("POST", "/faults", rule)


def pages(run: Run) -> Iterator[Row]:
    run.fill()
    token = run.client.token
    queries = {
        "by topic": f"topic={BUSY_TOPIC}",
        "by a topic without events": f"topic={OTHER_TOPIC}",
        "by status": "status=failed",
        "by a status without events": "status=pending",
        "by dates": "from_date=2000-01-01&to_date=2100-01-01",
        "by dates without events": "from_date=2000-01-01&to_date=2001-01-01",
    }
    for name, query in queries.items():
        path = f"/webhooks/events?limit=100&{query}"
        yield run.meanwhile.repeat(f"list page of 100, filter {name}", partial(run.send, "GET", path, None, token))


def attempts(run: Run) -> Iterator[Row]:
    run.fill()
    path = "/__admin/attempts?limit=100000"
    yield run.meanwhile.measure("list of 100,000 attempts", lambda: run.send("GET", path))


def expectation(run: Run) -> Iterator[Row]:
    run.fill()
    where = {"topic": BUSY_TOPIC, "payload.data.payout_id": "none"}
    body = {"of": "events", "where": where, "at_least": 1, "timeout": "0s"}
    yield run.meanwhile.measure(
        "expectation with a payload condition", lambda: run.send("POST", "/__admin/expect", body, None, 409)
    )


def backup(run: Run) -> Iterator[Row]:
    run.fill()
    yield run.meanwhile.measure("backup", lambda: run.send("GET", "/__admin/backup"), maximum_ms=BACKUP_MS)


def retry(run: Run) -> Iterator[Row]:
    run.fill()
    what = f"retry of {run.events('failed'):,} failed events"
    token = run.client.token
    yield run.meanwhile.measure(
        what, lambda: run.send("POST", "/webhooks/retry", token=token), run.wait_until_delivered
    )


def trigger(run: Run) -> Iterator[Row]:
    run.fill()
    subscribed = [
        run.client.subscribe(f"{ENDPOINT}{number}", TRIGGERED_TOPIC) for number in range(TRIGGERED_SUBSCRIPTIONS)
    ]
    yield run.meanwhile.measure(
        f"trigger of {MAX_COUNT:,} events × {TRIGGERED_SUBSCRIPTIONS} subscriptions",
        lambda: run.trigger(TRIGGERED_TOPIC, MAX_COUNT, run.client.client_id),
        run.wait_until_delivered,
    )
    for subscription in subscribed:
        run.client.unsubscribe(subscription)


def deletion(run: Run) -> Iterator[Row]:
    """Deletes a subscription. A delay keeps its events pending, and does not concern the healthy partner."""
    run.fill()
    run.replace_faults(DELAYED)
    run.client.retry_failed_events()
    wait_until(lambda: run.events("pending") >= run.size.events, run.size.patience, "all events are pending", pause=0.2)
    run.wait_until_quiet()
    what = f"deletion of a subscription with {run.events('pending'):,} pending events"
    yield run.meanwhile.measure(what, lambda: run.client.unsubscribe(run.subscription), run.wait_until_delivered)
    run.replace_faults(*DROPPED)


def removal(run: Run) -> Iterator[Row]:
    partner = run.client.add_partner()
    other = Client(run.simulator.url, partner["client_id"], partner["client_secret"])
    other.subscribe(ENDPOINT, BUSY_TOPIC)
    progress(f"  creating {run.size.events:,} events")
    run.trigger(BUSY_TOPIC, run.size.events, other.client_id)
    run.wait_until_delivered()
    run.wait_until_quiet()
    yield run.meanwhile.measure(
        f"removal of a partner with {run.size.events:,} events",
        lambda: run.send("DELETE", f"/__admin/partners/{partner['partner_id']}"),
        run.wait_until_quiet,
    )


def client_reset(run: Run) -> Iterator[Row]:
    run.fill()
    body = {"client_id": run.client.client_id}
    what = f"reset of one client with {run.events('failed'):,} events"
    yield run.meanwhile.measure(what, lambda: run.send("POST", "/__admin/reset", body), run.wait_until_quiet)
    run.client = Client(run.simulator.url)


def reset(run: Run) -> Iterator[Row]:
    run.fill()
    what = f"reset of everything, {run.events('failed'):,} events"

    def until_done() -> float:
        run.meanwhile.add_again()
        return run.wait_until_quiet()

    yield run.meanwhile.measure(what, lambda: run.send("POST", "/__admin/reset"), until_done)


def advances(size: Size) -> Iterator[Row]:
    """Advances a frozen clock over second attempts: many at one instant, and some at as many instants."""
    for due, jitter, instants in (
        (size.events // 25, 0.0, "one instant"),
        (size.events // 100, 0.1, "as many instants"),
    ):
        with ExitStack() as stack:
            options = ("--clock", "frozen", "--token-ttl", "365d", "--retry-schedule", "0s,1h")
            run = Run(stack, size, f"advance-{due}", *options, "--retry-jitter", str(jitter))
            run.client.subscribe(ENDPOINT, BUSY_TOPIC)
            progress(f"  creating {due:,} events")
            run.trigger(BUSY_TOPIC, due, run.client.client_id)
            run.wait_for_attempts(due)
            what = f"frozen clock with {due:,} pending events"
            yield run.meanwhile.idle(3, what)
            what = f"advance of a frozen clock over {due:,} deliveries, due at {instants}"
            yield run.meanwhile.measure(what, partial(run.send, "POST", "/__admin/clock/advance", {"by": "2h"}))


OPERATIONS: dict[str, Callable[[Run], Iterator[Row]]] = {
    "pages": pages,
    "attempts": attempts,
    "expectation": expectation,
    "backup": backup,
    "retry": retry,
    "trigger": trigger,
    "deletion": deletion,
    "client-reset": client_reset,
    "removal": removal,
    "reset": reset,
}
ADVANCE = "advance"


def measure(size: Size, chosen: list[str]) -> Iterator[Row]:
    """Measures the operations on one store, and advances on stores of their own."""
    with ExitStack() as stack:
        if names := [name for name in OPERATIONS if name in chosen]:
            run = Run(stack, size, "operations", "--retry-schedule", "0s")
            run.fill()
            yield run.meanwhile.idle(3, "idle server")
            for name in names:
                progress(name)
                yield from OPERATIONS[name](run)
    if ADVANCE in chosen:
        progress(ADVANCE)
        yield from advances(size)
