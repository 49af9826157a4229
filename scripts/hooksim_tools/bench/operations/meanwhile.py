"""What an operation costs others: list pages and deliveries of a healthy partner while it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ...client import Client
from ...figures import percentile
from ..simulator import MeasuredSimulator
from .probe import Probe, Samples

P99_MS = 20.0
MAXIMUM_MS = 100.0
# The shortest period in seconds in which others are measured.
LEAST = 2.0
# A period in seconds in which what the server writes is counted.
WINDOW = 0.3
# The server has ended its work if it writes little for this many seconds; it may pause on a busy machine.
QUIET = 1.0
HEALTHY = ("healthy", "healthy-secret")


@dataclass(frozen=True)
class Timing:
    """Percentiles and the maximum of durations, in milliseconds."""

    p50: float
    p99: float
    maximum: float

    @classmethod
    def of(cls, seconds: list[float]) -> Timing:
        if not seconds:
            raise RuntimeError("nothing was measured meanwhile")
        return cls(median(seconds) * 1000, percentile(seconds, 0.99) * 1000, max(seconds) * 1000)

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p99:.1f} / {self.maximum:.0f} ms"


@dataclass(frozen=True)
class Row:
    """An operation, how long it took, and what others met meanwhile."""

    what: str
    # The seconds until the response, and until all its work had ended; `None` if the response is the end.
    accepted: float | None
    done: float | None
    page: Timing
    delivery: Timing
    maximum_ms: float = MAXIMUM_MS

    @property
    def misses(self) -> list[str]:
        """The bounds that are missed."""
        found = []
        for name, timing in (("page", self.page), ("delivery", self.delivery)):
            if timing.p99 > P99_MS:
                found.append(f"{name} p99 {timing.p99:.1f} > {P99_MS:g} ms")
            if timing.maximum > self.maximum_ms:
                found.append(f"{name} maximum {timing.maximum:.0f} > {self.maximum_ms:g} ms")
        return found

    def cells(self) -> tuple[str, ...]:
        met = "**no**" if self.misses else "yes"
        return (self.what, duration(self.accepted), duration(self.done), str(self.page), str(self.delivery), met)


HEADINGS = ("operation", "response after", "done after", "page p50 / p99 / max", "delivery p50 / p99 / max", "met")


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


class Meanwhile:
    """A healthy partner with a subscription, whose pages and deliveries are measured during operations."""

    def __init__(self, simulator: MeasuredSimulator, folder: Path) -> None:
        self.simulator = simulator
        self.partner = Client(simulator.url, *HEALTHY)
        self.add_partner()
        self.pages = Probe("pages", self.partner, folder)
        self.deliveries = Probe("deliveries", self.partner, folder)
        self.partner.subscribe(self.deliveries.receiver)
        # What the server writes for the healthy partner alone, in MiB per second.
        self.idle_rate = 0.0

    def stop(self) -> None:
        self.pages.stop()
        self.deliveries.stop()

    def add_partner(self) -> None:
        self.simulator.client.add_partner(client_id=self.partner.client_id, client_secret=self.partner.client_secret)

    def add_again(self) -> None:
        """Creates the partner again after a reset of everything."""
        self.add_partner()
        self.partner = Client(self.simulator.url, *HEALTHY)
        self.partner.subscribe(self.deliveries.receiver)

    def idle(self, seconds: float, what: str) -> Row:
        """Measures the server that works for the healthy partner alone."""
        before = self.simulator.written_mib()
        with self.sampled() as sampled:
            time.sleep(seconds)
        self.idle_rate = (self.simulator.written_mib() - before) / seconds
        return Row(what, None, None, *sampled.timings())

    def measure(
        self,
        what: str,
        operation: Callable[[], object],
        until_done: Callable[[], float] | None = None,
        maximum_ms: float = MAXIMUM_MS,
    ) -> Row:
        """Measures one operation until it is done, and at least for two seconds.

        `until_done` waits for that and returns when it was.
        """
        done = None
        with self.sampled() as sampled:
            start = time.monotonic()
            operation()
            accepted = time.monotonic() - start
            if until_done:
                done = max(accepted, until_done() - start)
            time.sleep(max(0, start + LEAST - time.monotonic()))
        return Row(what, accepted, done, *sampled.timings(), maximum_ms)

    def repeat(self, what: str, request: Callable[[], object]) -> Row:
        """Measures a request that is sent again and again, as by one client; its duration is the median."""
        durations: list[float] = []
        with self.sampled() as sampled:
            end = time.monotonic() + LEAST
            while not durations or time.monotonic() < end:
                start = time.monotonic()
                request()
                durations.append(time.monotonic() - start)
        return Row(what, median(durations), None, *sampled.timings())

    @contextlib.contextmanager
    def sampled(self) -> Iterator[Sampled]:
        """Measures pages and deliveries in its block."""
        for probe in (self.pages, self.deliveries):
            probe.begin()
        # The connections and the caches of both are those of a partner that works all the time.
        time.sleep(0.3)
        found = Sampled(time.monotonic())
        yield found
        found.end = time.monotonic()
        found.pages, found.deliveries = self.pages.end(), self.deliveries.end()

    def wait_until_quiet(self, limit: float) -> float:
        """Waits until the server writes little more than for the healthy partner, and returns since when.

        That is the only sign of work that goes on after the rows have disappeared for clients.
        """
        deadline = time.monotonic() + limit
        since = None
        while time.monotonic() < deadline:
            start, before = time.monotonic(), self.simulator.written_mib()
            time.sleep(WINDOW)
            rate = (self.simulator.written_mib() - before) / (time.monotonic() - start)
            if rate > 3 * self.idle_rate + 4:
                since = None
            elif since is None:
                since = start
            elif time.monotonic() > since + QUIET:
                return since
        raise TimeoutError(f"the server still works after {limit:.0f} s")


class Sampled:
    """The samples of a period."""

    def __init__(self, start: float) -> None:
        self.start = start
        self.end = start
        self.pages: Samples = []
        self.deliveries: Samples = []

    def timings(self) -> tuple[Timing, Timing]:
        """Returns the timings of the samples that were under way in the period."""
        return Timing.of(self._within(self.pages)), Timing.of(self._within(self.deliveries))

    def _within(self, samples: Samples) -> list[float]:
        return [taken for start, taken in samples if start <= self.end and start + taken >= self.start]
