"""A `hooksim serve` process that a tool starts."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from .client import Client
from .process import Process
from .project import environment, program

_numbers = itertools.count()


class Simulator(Process):
    """`hooksim serve` on a free port, ready once it is created; `client` is its client."""

    def __init__(
        self,
        *options: str,
        binary: str | None = None,
        store: Path | None = None,
        folder: Path | None = None,
        max_files: int | None = None,
    ) -> None:
        """Starts the simulator with its log in `folder`, and with at most `max_files` open files.

        Throws `NotStarted` with the end of its log if it ends before it is ready.
        """
        self.store = store
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="hooksim-")
        folder = folder or Path(self._temporary.name if self._temporary else "")
        command = [binary or program(), "serve", "--port", "0", *options]
        if store:
            command += ["--store", str(store)]
        if max_files:
            command = ["sh", "-c", f'ulimit -n {max_files}; exec "$@"', "sh", *command]
        super().__init__(command, folder / f"serve-{next(_numbers)}.log", environment())
        ready = self.first_line()
        self.url: str = ready["url"]
        self.port: int = urlsplit(self.url).port or 0
        ca_file = Path(ready["ca_file"]) if ready.get("ca_file") else None
        self.client = Client(self.url, ready["client_id"], ready["client_secret"], ca_file)

    def _close(self) -> None:
        super()._close()
        if self._temporary:
            self._temporary.cleanup()
