"""Programs in the background: each with a log of its own, ended by its own id."""

from __future__ import annotations

import json
import select
import subprocess
import time
from pathlib import Path


class Background:
    """A program that runs until it is stopped; a context manager, so that none is left behind."""

    # What a program gets to end by itself, and what it gets to say that it is ready.
    patience = 30

    def __init__(self, command: list[str], log: Path, env: dict[str, str] | None = None, talks: bool = True) -> None:
        """`talks`: its standard output is for ``first_line``; else it goes to the log, since nobody empties a pipe."""
        self.log = log
        with log.open("wb") as file:
            output = subprocess.PIPE if talks else file
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=file, env=env)

    def first_line(self) -> dict:
        """The line of JSON by which a server says where it is."""
        output = self.process.stdout
        ready, _, _ = select.select([output], [], [], self.patience)
        line = output.readline() if ready else b""
        if not line:
            self.stop()
            raise RuntimeError(f"{self.process.args[0]} did not start: {self.log.read_text()[-2000:]}")
        return json.loads(line)

    def resident_mib(self) -> float:
        """The memory that the program holds now (VmRSS)."""
        return self._status_mib("VmRSS")

    def anonymous_mib(self) -> float:
        """The part of it that is not of a file (RssAnon)."""
        return self._status_mib("RssAnon")

    def _status_mib(self, name: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def wait_until(holds, seconds: float, what: str, pause: float = 0.02) -> None:
    """Polls until `holds()`; fails when the time is up, so that nothing runs without end."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
