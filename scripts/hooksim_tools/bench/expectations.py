"""The cost of expectations that wait: deliveries per second without and with them, in the same rounds."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from ..client import TOPIC
from .load import Sink
from .measurements import Plan, deliveries_per_second
from .simulator import OTHER_TOPIC, MeasuredSimulator
from .table import Row, ratio_row

NUMBERS = (1, 100)
# Each delivery concerns the first and the third of these; no number of rows meets any of them.
CONDITIONS = (
    ("events", {"topic": TOPIC, "status": "delivered"}),
    ("events", {"topic": OTHER_TOPIC, "status": "delivered"}),
    ("attempts", {"client_id": "sandbox", "outcome": "delivered"}),
    ("attempts", {"outcome": "failed"}),
    ("events", {"entity_id": "another", "status": "delivered"}),
)
NEVER = 2**31 - 1


class WaitingExpectations:
    """Clients that wait until none of their expectations is met, which is until they disconnect."""

    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.clients = []
        for number in range(count):
            of, where = CONDITIONS[number % len(CONDITIONS)]
            body = json.dumps({"of": of, "where": where, "count": NEVER, "timeout": "10m"})
            client = socket.create_connection((parts.hostname, parts.port))
            client.sendall(
                f"POST /__admin/expect HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            self.clients.append(client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.setblocking(False)
            try:
                ended = client.recv(1024)
            except BlockingIOError:
                client.close()
            else:
                raise RuntimeError(f"an expectation has not waited until the end: {ended!r}")


def expectations(plan: Plan) -> Iterator[Row]:
    """Measures deliveries that expectations follow. They begin before the deliveries fall due."""
    found: dict[int, list[tuple[float, float]]] = {number: [] for number in NUMBERS}
    with Sink(plan.folder) as sink, MeasuredSimulator(plan.binary, plan.folder, "expectations") as simulator:
        simulator.client.change_settings(delivery_concurrency=64, retry_schedule=["2s"], retry_jitter=0)
        simulator.client.subscribe(sink.url)
        for _ in range(plan.rounds):
            alone = deliveries_per_second(simulator, sink, plan.deliveries)
            for number in NUMBERS:
                with WaitingExpectations(simulator.url, number):
                    found[number].append((alone, deliveries_per_second(simulator, sink, plan.deliveries)))
    for number in NUMBERS:
        noun = "expectation" if number == 1 else "expectations"
        yield ratio_row(f"deliveries while {number} {noun} wait", "none", found[number], 0.90, 1.0)
