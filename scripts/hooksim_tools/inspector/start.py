"""Installs a headless Chromium with its driver and Selenium, and runs another module of this folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .. import ensure
from ..project import program

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromedriver")
REQUIREMENTS = ("selenium==4.51.0",)


def run(module: str, binary: str | None, arguments: Sequence[str]) -> None:
    """Runs the module against a simulator. Ends the process with status 1 if a package that it needs can't be
    installed."""
    if binary:
        os.environ["HOOKSIM_BIN"] = binary
    os.environ["HOOKSIM_BIN"] = program("debug", "release")
    try:
        if not all(os.access(path, os.X_OK) for path in CHROMIUM):
            ensure.packages("chromium", "chromium-driver")
        programs = ensure.virtual_environment("inspector", REQUIREMENTS)
    except ensure.Missing as error:
        print(f"the inspector can't be used: {error}", file=sys.stderr)
        sys.exit(1)
    ensure.exec_module(programs / "python", f"{__package__}.{module}", arguments)
