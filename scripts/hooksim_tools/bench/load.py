"""The load tools: wrk, and the two programs of this package."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .http_client import HTTP
from .processes import Background

# Where the load tools are.
HERE = Path(__file__).resolve().parents[2] / "benchmarks"
BUILT = HERE / ".build" / "release"


@dataclass(frozen=True)
class Call:
    """One request that is sent over and over."""

    url: str
    method: str = "GET"
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    connections: int = 16
    # Of werkzeug, which closes each connection; of anybody else it would be a failed measurement.
    may_break: bool = False


def requests_per_second(call: Call, seconds: float) -> float:
    """What wrk gets through with one thread; fails when anything but success was answered."""
    command = ["wrk", "-t1", f"-c{call.connections}", f"-d{max(1, round(seconds))}s", "-s", str(HERE / "load.lua")]
    for name, value in call.headers:
        command += ["-H", f"{name}: {value}"]
    command += [call.url, "--", call.method, call.body]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    requests, microseconds, refused, broken = map(int, done.stdout.splitlines()[-1].split())
    if refused or (broken and not call.may_break):
        raise RuntimeError(f"{refused} error answers and {broken} broken connections: {' '.join(command)}")
    return requests / (microseconds / 1e6)


class Sink(Background):
    """The bare SwiftNIO receiver."""

    def __init__(self, folder: Path) -> None:
        super().__init__([str(BUILT / "bench-sink")], folder / "sink.log")
        self.url = self.first_line()["url"]
        self._http = HTTP(self.url)

    @property
    def tally(self) -> dict[str, int]:
        """How many POSTs came, and when the first and the last of them did, as time.monotonic_ns has it."""
        return self._http.call("GET", "/")

    def clear(self) -> None:
        self._http.call("DELETE", "/")


@dataclass(frozen=True)
class Percentiles:
    """Of one request at a time, in milliseconds."""

    p50: float
    p99: float

    @classmethod
    def parse(cls, line: dict) -> Percentiles:
        return cls(line["p50_us"] / 1000, line["p99_us"] / 1000)

    @classmethod
    def medians(cls, rounds: list[Percentiles]) -> Percentiles:
        return cls(median(found.p50 for found in rounds), median(found.p99 for found in rounds))

    def __str__(self) -> str:
        return f"{self.p50:.2f} / {self.p99:.2f} ms"


def round_trips(port: int, path: str, body: str, count: int) -> Percentiles:
    """From a POST to its answer."""
    command = [str(BUILT / "bench-latency"), "round-trip", str(port), path, body, str(count)]
    return Percentiles.parse(json.loads(subprocess.run(command, capture_output=True, timeout=120, check=True).stdout))


class DeliveryLatency(Background):
    """From a POST to the delivery that it sets off."""

    def __init__(self, folder: Path, port: int, path: str, body: str, count: int) -> None:
        command = [str(BUILT / "bench-latency"), "delivery", str(port), path, body, str(count)]
        super().__init__(command, folder / "latency.log")
        self.port = self.first_line()["port"]

    def measure(self) -> Percentiles:
        """To be called once somebody has subscribed the port."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return Percentiles.parse(self.first_line())
