"""Measures list pages or deliveries of a healthy partner, one at a time, in a process of its own.

So what else the benchmark does at the same time can't delay it. `Probe` starts it; its standard input has a line for
each begin and each end.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from ...client import TOPIC, Client, RequestFailed
from ...process import Process
from ...project import SCRIPTS
from ...receiver import OK, Delivery, Receiver

# The waits in seconds after each sample.
PAUSES = {"pages": 0.003, "deliveries": 0.01}
LIMIT = 60.0
# The start of each sample, as `time.monotonic()`, and its duration in seconds.
Samples = list[tuple[float, float]]


class Probe(Process):
    """A process that measures `pages` or `deliveries` of a partner."""

    def __init__(self, kind: str, partner: Client, folder: Path) -> None:
        command = [sys.executable, "-B", "-m", __name__, kind, partner.url, partner.client_id, partner.client_secret]
        environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
        super().__init__(command, folder / f"{kind}.log", environment)
        # The receiver of the deliveries, which has to be subscribed.
        self.receiver: str = self.first_line()["receiver"]

    def begin(self) -> None:
        self._write("begin")

    def end(self) -> Samples:
        """Returns the samples since `begin`."""
        self._write("end")
        return [(start, duration) for start, duration in self.first_line()]

    def _write(self, line: str) -> None:
        stream = self.process.stdin
        assert stream is not None
        stream.write(f"{line}\n".encode())
        stream.flush()


class Pages:
    """List pages of 20 events over one connection."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.connection = connection(client)
        self.token = client.fetch_token()

    def sample(self) -> float | None:
        start = time.monotonic()
        headers = {"Authorization": f"Bearer {self.token}"}
        status, body = exchange(self.connection, "GET", "/webhooks/events?limit=20", None, headers)
        duration = time.monotonic() - start
        if status == 401:
            self.renew()
        elif status != 200:
            raise RuntimeError(f"the response to a list page is {status}: {body[:300]!r}")
        return duration

    def renew(self) -> None:
        """Fetches a new token. After a reset of everything, the partner does not exist for a moment."""
        try:
            self.token = self.client.fetch_token()
        except RequestFailed:
            time.sleep(0.005)


class Deliveries:
    """Triggers of one event, until their deliveries arrive at a receiver."""

    def __init__(self, client: Client, receiver: Receiver) -> None:
        self.connection = connection(client)
        self.body = json.dumps({"topic": TOPIC, "client_id": client.client_id})
        self.arrived: SimpleQueue[Delivery] = SimpleQueue()
        receiver.behave = self.accept

    def accept(self, delivery: Delivery, _: object) -> bytes:
        self.arrived.put(delivery)
        return OK

    def sample(self) -> float | None:
        start = time.monotonic()
        headers = {"Content-Type": "application/json"}
        status, body = exchange(self.connection, "POST", "/__admin/events", self.body, headers)
        events = json.loads(body).get("data", [])
        if not events:
            # After a reset of everything, the partner or its subscription does not exist for a moment.
            if status >= 500:
                raise RuntimeError(f"the response to a trigger is {status}: {body[:300]!r}")
            return None
        return self.arrival(events[0]["id"], start)

    def arrival(self, event: str, start: float) -> float | None:
        """Waits for the delivery of an event; returns `None` if a reset has removed the event before its delivery."""
        while time.monotonic() < start + LIMIT:
            try:
                delivery = self.arrived.get(timeout=0.5)
            except Empty:
                if exchange(self.connection, "GET", f"/__admin/events/{event}", None, {})[0] == 404:
                    return None
            else:
                if delivery.id == event:
                    return delivery.at - start
        raise RuntimeError(f"no delivery of {event} arrived")


def connection(client: Client) -> http.client.HTTPConnection:
    parts = urlsplit(client.url)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=LIMIT)


def exchange(
    connection: http.client.HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()


class Sampling:
    """A thread that takes one sample after the other between `begin` and `end`."""

    def __init__(self, sample: Callable[[], float | None], pause: float) -> None:
        self.sample = sample
        self.pause = pause
        self.samples: Samples = []
        self.is_on = threading.Event()
        self.busy = threading.Lock()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        try:
            while self.is_on.wait():
                with self.busy:
                    start = time.monotonic()
                    duration = self.sample()
                    if duration is not None:
                        self.samples.append((start, duration))
                time.sleep(self.pause)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)

    def end(self) -> Samples:
        self.is_on.clear()
        with self.busy:
            taken, self.samples = self.samples, []
        return taken


def main() -> None:
    kind, url, client_id, client_secret = sys.argv[1:]
    # Otherwise a thread may wait 5 ms for another one that does not wait for anything.
    sys.setswitchinterval(0.0002)
    client = Client(url, client_id, client_secret)
    with Receiver() as receiver:
        source = Pages(client) if kind == "pages" else Deliveries(client, receiver)
        sampling = Sampling(source.sample, PAUSES[kind])
        print(json.dumps({"receiver": receiver.url}), flush=True)
        for line in sys.stdin:
            if line.strip() == "begin":
                sampling.is_on.set()
            else:
                print(json.dumps(sampling.end()), flush=True)


if __name__ == "__main__":
    main()
