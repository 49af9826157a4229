"""What watchers of the event stream cost: deliveries a second without and with them, in the same rounds."""

from __future__ import annotations

import argparse
import os
import selectors
import socket
import sys
import tempfile
import threading
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from .command import ROOT
from .load import Sink
from .measurements import progress, settled_per_second
from .simulator import Simulator


class Watchers:
    """So many readers of `/__admin/stream` in one thread, which throws away what it reads."""

    def __init__(self, url: str, count: int) -> None:
        parts = urlsplit(url)
        self.read = 0
        self.dropped = 0
        self._stop = threading.Event()
        self._selector = selectors.DefaultSelector()
        for _ in range(count):
            watcher = socket.create_connection((parts.hostname, parts.port))
            watcher.sendall(f"GET /__admin/stream HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            self._selector.register(watcher, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            for key, _ in self._selector.select(0.1):
                part = key.fileobj.recv(1 << 20)
                self.read += len(part)
                if not part:
                    self.dropped += 1
                    self._selector.unregister(key.fileobj)

    def __enter__(self) -> Watchers:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench-stream", description=__doc__)
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--deliveries", type=int, default=10_000, help="of each half of a round")
    options = parser.parse_args()
    binary = os.environ.get("HOOKSIM_BIN") or str(ROOT / ".build" / "release" / "hooksim")
    pairs = []
    with tempfile.TemporaryDirectory(prefix="hooksim-bench-") as folder:
        with Sink(Path(folder)) as sink, Simulator(binary, Path(folder), "stream") as simulator:
            simulator.control("PATCH", "/settings", {"delivery_concurrency": 64, "retry_schedule": ["2s"], "retry_jitter": 0})
            simulator.subscribe(sink.url)
            for _ in range(options.rounds):
                alone = settled_per_second(simulator, sink, options.deliveries)
                with Watchers(simulator.url, options.watchers) as watchers:
                    watched = settled_per_second(simulator, sink, options.deliveries)
                if watchers.dropped:
                    sys.exit(f"{watchers.dropped} watchers were dropped")
                progress(f"  {alone:,.0f}/s alone, {watched:,.0f}/s watched, {watchers.read / 2**20:,.0f} MiB read")
                pairs.append((alone, watched))
    ratio = median(watched / alone for alone, watched in pairs)
    print(f"{options.watchers} watchers: {ratio:.2f} of the deliveries per second without (must reach 0.90)")
    sys.exit(0 if ratio >= 0.9 else 1)


if __name__ == "__main__":
    main()
