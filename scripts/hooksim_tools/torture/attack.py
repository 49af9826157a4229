"""The parts of every attack: a folder, a seeded generator, and simulators that are stopped in any case."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from ..process import Process
from ..project import environment
from ..simulator import Simulator


class Stoppable(Protocol):
    def stop(self) -> None: ...


Kept = TypeVar("Kept", bound=Stoppable)


class Broken(Exception):
    """An error for a promise that was not kept."""


def promise(holds: object, what: str) -> None:
    if not holds:
        raise Broken(what)


class Attack:
    """One running attack."""

    def __init__(self, binary: str, folder: Path, seed: int, count: int) -> None:
        self.binary = binary
        self.folder = folder
        self.count = count
        self.seed = seed
        self.random = random.Random(seed)
        self._open: list[Stoppable] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for thing in reversed(self._open):
            thing.stop()
        if kind:
            print(f"  what was there is kept in {self.folder}", flush=True)

    def keep(self, thing: Kept) -> Kept:
        """Returns a process or a receiver, which is stopped when the attack ends."""
        self._open.append(thing)
        return thing

    def simulator(self, *options: str, store: Path | None = None, max_files: int | None = None) -> Simulator:
        """Starts a simulator of the attack's seed, with its log in the attack's folder."""
        seeded = ["--seed", str(self.seed), *options]
        return self.keep(Simulator(*seeded, binary=self.binary, store=store, folder=self.folder, max_files=max_files))

    def say(self, what: str) -> None:
        print(f"  {what}", flush=True)


def check_alive(simulator: Simulator, after: str) -> None:
    """Checks that the process runs and responds."""
    ended = f"the process ended with {simulator.process.poll()} after {after}: {simulator.last_words()}"
    promise(simulator.is_running, ended)
    status = simulator.client.send("GET", "/__admin/health", timeout=10).status
    promise(status == 200, f"the status of health is {status} after {after}")


def cpu_share(process: Process, seconds: float = 1.0) -> float:
    """Returns the share of one processor that the process uses in the next seconds."""

    def ticks() -> int:
        with open(f"/proc/{process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / 100 / seconds


def refusal(attack: Attack, *options: str) -> str:
    """Starts a simulator that must refuse to run: at once, with an exit code and one line with the reason."""
    command = [attack.binary, "serve", "--port", "0", *options]
    start = time.monotonic()
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            env=environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Broken(f"{' '.join(options)} was not refused") from None
    took = time.monotonic() - start
    lines = ended.stderr.strip().splitlines()
    promise(ended.returncode in (1, 2), f"exit code {ended.returncode} for {options}: {ended.stderr[-500:]}")
    promise(len(lines) == 1, f"{len(lines)} lines on standard error for {options}: {ended.stderr[-500:]}")
    promise(took < 3, f"it took {took:.1f} s to refuse {options}")
    return lines[0]


def stored(store: Path, folder: Path, query: str, check: bool = True) -> list[tuple[Any, ...]]:
    """Reads a copy of a store with its write-ahead log, after SQLite's own check of it."""
    copy = folder / "copy.db"
    for suffix in ("", "-wal", "-journal"):
        target = Path(f"{copy}{suffix}")
        target.unlink(missing_ok=True)
        if Path(f"{store}{suffix}").exists():
            shutil.copyfile(f"{store}{suffix}", target)
    connection = sqlite3.connect(copy)
    try:
        if check:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            promise(found == ["ok"], f"integrity_check says {found[:3]}")
        return connection.execute(query).fetchall()
    finally:
        connection.close()
