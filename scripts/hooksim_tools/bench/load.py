"""The load tools: wrk, and the two programs that scripts/benchmarks builds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ..client import send
from ..process import Process
from ..project import SCRIPTS

# The folder of the load tools.
HERE = SCRIPTS / "benchmarks"
BUILT = HERE / ".build" / "release"


@dataclass(frozen=True)
class Load:
    """One request that is sent over and over."""

    url: str
    method: str = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    connections: int = 16
    # werkzeug closes each connection, which wrk counts as errors; with any other server, such errors mean a failed
    # measurement.
    may_break: bool = False


def requests_per_second(load: Load, seconds: float) -> float:
    """Returns the requests per second of wrk with one thread. Fails if a response was not a success."""
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s", "-s", str(HERE / "load.lua")]
    for name, value in load.headers:
        command += ["-H", f"{name}: {value}"]
    command += [load.url, "--", load.method, load.body]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    requests, microseconds, refused, broken = map(int, done.stdout.splitlines()[-1].split())
    if refused or (broken and not load.may_break):
        raise RuntimeError(f"{refused} error responses and {broken} broken connections: {' '.join(command)}")
    return requests / (microseconds / 1e6)


class Sink(Process):
    """The bare SwiftNIO receiver."""

    def __init__(self, folder: Path) -> None:
        super().__init__([str(BUILT / "bench-sink")], folder / "sink.log")
        self.url: str = self.first_line()["url"]

    @property
    def tally(self) -> dict[str, int]:
        """The number of POSTs that arrived, and the arrival of the first and the last one as time.monotonic_ns."""
        tally: dict[str, int] = send(self.url, "GET", "/").json
        return tally

    def clear(self) -> None:
        send(self.url, "DELETE", "/")


@dataclass(frozen=True)
class Percentiles:
    """Percentiles of the time in milliseconds, with one request at a time."""

    p50: float
    p99: float

    @classmethod
    def parse(cls, line: dict[str, Any]) -> Percentiles:
        return cls(line["p50_us"] / 1000, line["p99_us"] / 1000)

    @classmethod
    def medians(cls, rounds: list[Percentiles]) -> Percentiles:
        return cls(median(found.p50 for found in rounds), median(found.p99 for found in rounds))

    def __str__(self) -> str:
        return f"{self.p50:.2f} / {self.p99:.2f} ms"


def round_trips(port: int, path: str, body: str, count: int) -> Percentiles:
    """Measures the time from a POST to its response."""
    command = [str(BUILT / "bench-latency"), "round-trip", str(port), path, body, str(count)]
    return Percentiles.parse(json.loads(subprocess.run(command, capture_output=True, timeout=120, check=True).stdout))


class DeliveryLatency(Process):
    """The time from a POST to the delivery that it triggers."""

    def __init__(self, folder: Path, port: int, path: str, body: str, count: int) -> None:
        command = [str(BUILT / "bench-latency"), "delivery", str(port), path, body, str(count)]
        super().__init__(command, folder / "latency.log")
        self.port: int = self.first_line()["port"]

    def measure(self) -> Percentiles:
        """Measures the latency. The port must be subscribed."""
        go = self.process.stdin
        assert go is not None
        go.write(b"\n")
        go.flush()
        return Percentiles.parse(self.first_line())


def check_built(*programs: str) -> None:
    """Ends the process if one of the programs or a load tool does not exist."""
    for program in (*map(Path, programs), BUILT / "bench-sink", BUILT / "bench-latency"):
        if not os.access(program, os.X_OK):
            sys.exit(f"there is no {program}; run scripts/bench without --no-build")
