"""The simulators that run on one store, one after the other."""

from __future__ import annotations

import threading
from pathlib import Path

from ..client import Client
from ..simulator import Simulator

# Bounds of what the store and the logs keep, so that they are full soon and nothing grows afterwards.
OPTIONS = (
    "--retry-schedule", "0s,200ms,1s",
    "--delivery-timeout", "500ms",
    "--retention-events", "20000",
    "--retention-attempts", "40000",
    "--retention-requests", "5000",
)  # fmt: skip
SECRET = "soak-secret"


class Lives:
    """One store and the simulator that runs on it now."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.binary = binary
        self.folder = folder
        self.store = folder / "soak.store"
        self.count = 0
        # Whether a simulator is ready. Load waits until one is.
        self.is_up = threading.Event()
        self.start()

    def start(self) -> None:
        self.simulator = Simulator(*OPTIONS, binary=self.binary, store=self.store, folder=self.folder)
        self.count += 1
        self.is_up.set()

    def kill(self) -> None:
        self.is_up.clear()
        self.simulator.kill()

    def stop(self) -> None:
        self.is_up.clear()
        self.simulator.stop()

    def client(self, client_id: str) -> Client:
        """Returns a client of the simulator that runs now."""
        return Client(self.simulator.url, client_id, SECRET)

    def wal_mib(self) -> float:
        file = Path(f"{self.store}-wal")
        return file.stat().st_size / 2**20 if file.exists() else 0
