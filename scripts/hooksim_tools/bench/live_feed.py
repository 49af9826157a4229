"""The cost of subscribers of the live feed: deliveries per second without and with them, in the same rounds."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

from .load import Sink
from .measurements import Plan, deliveries_per_second, progress
from .simulator import MeasuredSimulator
from .table import Row, ratio_row

SUBSCRIBERS = 50


class Subscribers:
    """Readers of `/__admin/stream` in one thread, which discards the messages."""

    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.read = 0
        self.disconnected = 0
        self._stop = threading.Event()
        self._selector = selectors.DefaultSelector()
        for _ in range(count):
            subscriber = socket.create_connection((parts.hostname, parts.port))
            subscriber.sendall(f"GET /__admin/stream HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            self._selector.register(subscriber, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.1):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                part = connection.recv(1 << 20)
                self.read += len(part)
                if not part:
                    self.disconnected += 1
                    self._selector.unregister(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()


def live_feed(plan: Plan) -> Iterator[Row]:
    found = []
    with Sink(plan.folder) as sink, MeasuredSimulator(plan.binary, plan.folder, "live-feed") as simulator:
        simulator.client.change_settings(delivery_concurrency=64, retry_schedule=["2s"], retry_jitter=0)
        simulator.client.subscribe(sink.url)
        for _ in range(plan.rounds):
            alone = deliveries_per_second(simulator, sink, plan.deliveries)
            with Subscribers(simulator.url, SUBSCRIBERS) as subscribers:
                found.append((alone, deliveries_per_second(simulator, sink, plan.deliveries)))
            if subscribers.disconnected:
                raise RuntimeError(f"{subscribers.disconnected} subscribers were disconnected")
            progress(f"  {subscribers.read / 2**20:,.0f} MiB read by {SUBSCRIBERS} subscribers")
    yield ratio_row(f"deliveries with {SUBSCRIBERS} subscribers of the live feed", "without", found, 0.90, 1.0)
