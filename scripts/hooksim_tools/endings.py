"""Measures how long commands take to end."""

from __future__ import annotations

import argparse
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from .process import PATIENCE
from .project import environment, program
from .simulator import Simulator

# The limits in seconds: a command ends within a second, and a simulator that finishes its deliveries within five.
LIMIT, SERVE_LIMIT = 1.0, 5.0
# The time in seconds after which a command that was started is in the middle of its work.
START = 0.5

SCENARIO = """receivers:
  app: { command: "python3 -m http.server $PORT --bind 127.0.0.1" }
steps:
  - wait_real: 60s
"""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending(NamedTuple):
    """How a command has ended."""

    command: str
    cause: str
    status: int
    seconds: float
    limit: float


def run(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [program(), *arguments],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def measure(
    process: subprocess.Popen[bytes], command: str, cause: str, end: Callable[[], object], limit: float = LIMIT
) -> Ending:
    """Measures the time from `end` to the end of a process."""
    began = time.monotonic()
    end()
    try:
        status = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    seconds = time.monotonic() - began
    if process.stdout:
        process.stdout.close()
    return Ending(command, cause, status, seconds, limit)


def waiting(url: str) -> dict[str, list[str]]:
    """Returns the commands that wait, by their names."""
    return {
        "events --follow": ["events", "--follow", "--url", url],
        "trigger --wait": ["trigger", "invoice_paid", "--wait", "--url", url],
        "listen": ["listen", "--topic", "payout_paid", "--url", url],
        "replay": ["replay", "scenario.yaml"],
    }


@contextmanager
def silent_receiver() -> Iterator[str]:
    """A receiver that accepts connections, and never responds."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


@contextmanager
def simulator(folder: Path) -> Iterator[Simulator]:
    """A simulator with a delivery that does not end."""
    with silent_receiver() as receiver, Simulator("--delivery-timeout", "1h", folder=folder) as started:
        started.client.subscribe(receiver)
        yield started


def by_signals(folder: Path) -> Iterator[Ending]:
    with simulator(folder) as started:
        for name, arguments in waiting(started.url).items():
            for number in SIGNALS:
                process = run(arguments, folder)
                time.sleep(START)
                yield measure(process, name, number.name, partial(process.send_signal, number))
            process = run(arguments, folder)
            yield measure(process, name, "SIGINT at once", partial(process.send_signal, signal.SIGINT))


def of_serve(folder: Path) -> Iterator[Ending]:
    for number in SIGNALS:
        with simulator(folder) as started:
            started.client.trigger()
            time.sleep(START)
            send = partial(started.process.send_signal, number)
            yield measure(started.process, "serve", number.name, send, SERVE_LIMIT)
    with simulator(folder) as started:
        started.client.trigger()
        time.sleep(START)

        def interrupt_twice() -> None:
            started.process.send_signal(signal.SIGINT)
            time.sleep(0.1)
            started.process.send_signal(signal.SIGINT)

        yield measure(started.process, "serve", "SIGINT twice", interrupt_twice)


def by_server(folder: Path) -> Iterator[Ending]:
    for name in ("events --follow", "trigger --wait", "listen"):
        with simulator(folder) as started:
            process = run(waiting(started.url)[name], folder)
            time.sleep(START)
            yield measure(process, name, "the server is killed", started.kill)


def by_reader(folder: Path) -> Iterator[Ending]:
    with simulator(folder) as started:
        process = run(waiting(started.url)["events --follow"], folder)
        time.sleep(START)
        assert process.stdout
        process.stdout.close()
        yield measure(process, "events --follow", "the reader leaves", started.client.trigger)


def at_start(folder: Path) -> Iterator[Ending]:
    nowhere = "http://127.0.0.1:1"
    for name, arguments in waiting(nowhere).items():
        if name != "replay":
            process = run(arguments, folder)
            yield measure(process, name, "no server", lambda: None)
    with simulator(folder) as started:
        for name, arguments in {
            "serve": ["serve", "--port", str(started.port)],
            "listen": ["listen", "--port", str(started.port), "--url", started.url],
        }.items():
            yield measure(run(arguments, folder), name, "the port is in use", lambda: None)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    slow = 0
    with tempfile.TemporaryDirectory(prefix="hooksim-") as name:
        folder = Path(name)
        (folder / "scenario.yaml").write_text(SCENARIO)
        print(f"{'command':18} {'ended by':22} {'status':>6} {'ms':>6}")
        for measurements in (by_signals, of_serve, by_server, by_reader, at_start):
            for ending in measurements(folder):
                mark = "" if ending.seconds <= ending.limit else f"  more than {ending.limit:.0f} s"
                slow += bool(mark)
                milliseconds = round(ending.seconds * 1000)
                print(f"{ending.command:18} {ending.cause:22} {ending.status:6} {milliseconds:6}{mark}", flush=True)
    print("all commands end in time" if slow == 0 else f"{slow} endings take too long")
    sys.exit(1 if slow else 0)
