"""The parts that the checks in a browser share: the pages, and the report of a failed check."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from .browser import PATIENCE

ROOT = "/__admin/inspector"
# The names of the inspector's pages, except for the overview.
NAMES = ("events", "trigger", "subscriptions", "requests", "faults", "scenarios")
PAGES = [
    "/__admin/",
    *(f"{ROOT}/{name}" for name in NAMES),
]
# Folded parts are checked too, so they are opened.
UNFOLD = "for (const part of document.querySelectorAll('details')) part.open = true"


class Checks:
    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []

    def run(self, what: str, check: Callable[..., object], *arguments: object) -> None:
        try:
            check(*arguments)
            self.passed += 1
        except Exception as error:  # A failed check must not keep the others from running.
            self.failed.append(what)
            where = traceback.extract_tb(error.__traceback__)[-1]
            message = str(error).split("Stacktrace:")[0].strip()
            print(f"FAIL {what}: {message[:600]} ({Path(where.filename).name}:{where.lineno})", file=sys.stderr)


def must(holds: object, what: object) -> None:
    if not holds:
        raise AssertionError(what)


def run_shell(command: str, **variables: str) -> str:
    done = subprocess.run(
        ["bash", "-c", command.replace("curl ", "curl -sS ", 1)],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.stdout + done.stderr
