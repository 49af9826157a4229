"""What subscribers of the live feed cost: deliveries a second without and with them, in the same rounds."""

from __future__ import annotations

import argparse
import selectors
import socket
import sys
import tempfile
import threading
from pathlib import Path
from statistics import median
from typing import Self
from urllib.parse import urlsplit

from ..project import program
from .load import Sink
from .measurements import deliveries_per_second, progress
from .simulator import MeasuredSimulator


class Subscribers:
    """So many readers of `/__admin/stream` in one thread, which discards what it reads."""

    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.read = 0
        self.dropped = 0
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
                    self.dropped += 1
                    self._selector.unregister(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench-stream", description=__doc__)
    parser.add_argument("--watchers", type=int, default=50, help="how many subscribers")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deliveries", type=int, default=10_000, help="of each half of a round")
    options = parser.parse_args()
    binary = program("release")
    pairs = []
    with tempfile.TemporaryDirectory(prefix="hooksim-bench-") as folder:
        with Sink(Path(folder)) as sink, MeasuredSimulator(binary, Path(folder), "stream") as simulator:
            simulator.client.change_settings(delivery_concurrency=64, retry_schedule=["2s"], retry_jitter=0)
            simulator.client.subscribe(sink.url)
            for _ in range(options.rounds):
                alone = deliveries_per_second(simulator, sink, options.deliveries)
                with Subscribers(simulator.url, options.watchers) as subscribers:
                    with_them = deliveries_per_second(simulator, sink, options.deliveries)
                if subscribers.dropped:
                    sys.exit(f"{subscribers.dropped} subscribers were disconnected")
                progress(
                    f"  {alone:,.0f}/s alone, {with_them:,.0f}/s with subscribers, {subscribers.read / 2**20:,.0f} MiB read"
                )
                pairs.append((alone, with_them))
    ratio = median(with_them / alone for alone, with_them in pairs)
    print(f"{options.watchers} subscribers: {ratio:.2f} of the deliveries per second without (must reach 0.90)")
    sys.exit(0 if ratio >= 0.9 else 1)


if __name__ == "__main__":
    main()
