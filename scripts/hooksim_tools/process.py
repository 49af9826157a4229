"""Programs in the background, each with its own log, and each ended by its process id."""

from __future__ import annotations

import contextlib
import json
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# The limits in seconds for a program to become ready, and to end by itself.
PATIENCE = 60.0


class NotStarted(Exception):
    """An error for a program that ended, or printed nothing, before it was ready."""


class Process:
    """A program that runs until it is stopped. It is a context manager, so that no process is left behind."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: dict[str, str] | None = None, speaks: bool = True
    ) -> None:
        """Starts the program. Its standard output is read by `first_line` if `speaks` is set, else it is written to the
        log."""
        self.log = log
        with log.open("wb") as file:
            output = subprocess.PIPE if speaks else file
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=file, env=environment
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def first_line(self) -> Any:
        """Returns the line of JSON in which a server prints its address. Throws `NotStarted` if it prints none."""
        output = self.process.stdout
        assert output is not None
        ready, _, _ = select.select([output], [], [], PATIENCE)
        line = output.readline() if ready else b""
        if not line:
            self.kill()
            raise NotStarted(f"{self.process.args!r} did not start: {self.last_words(2000)}")
        return json.loads(line)

    def last_words(self, most: int = 800) -> str:
        """Returns the end of the log."""
        return self.log.read_text(errors="replace")[-most:]

    def resident_mib(self) -> float:
        """Returns the memory that the program holds now (VmRSS), in MiB."""
        return self._memory_mib("VmRSS")

    def anonymous_mib(self) -> float:
        """Returns the part of the program's memory that does not belong to a file (RssAnon), in MiB."""
        return self._memory_mib("RssAnon")

    def threads(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def written_mib(self) -> float:
        """Returns how much the program has written to files and connections, in MiB."""
        lines = Path(f"/proc/{self.pid}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("wchar:")) / 2**20

    def _memory_mib(self, name: str) -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith(f"{name}:"))
        return int(line.split()[1]) / 1024

    def kill(self) -> None:
        """Ends the program at once, as `kill -9` does."""
        if self.is_running:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._close()

    def stop(self) -> None:
        """Asks the program to end, and kills it if it does not."""
        if self.is_running:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._close()

    def _close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


def end_in_order() -> None:
    """Lets SIGTERM leave every `with` block, so that no started process is left behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def wait_until(holds: Callable[[], object], seconds: float, what: str, pause: float = 0.02) -> None:
    """Polls until `holds()` is true. Throws `TimeoutError` after the given time, so that no run is endless."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)


def free_port() -> int:
    """Returns a port below those that the system gives to connections, so that none of them takes it before."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
