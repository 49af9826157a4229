"""The paths of the project's files, and the program that its tools start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
ROOT = SCRIPTS.parent
# The folder of what the tools install and keep, which .gitignore lists.
TOOLS = ROOT / ".build-tools"
BUILDS = {kind: ROOT / ".build" / kind / "hooksim" for kind in ("release", "debug")}


def program(*kinds: str) -> str:
    """Returns the program to start: HOOKSIM_BIN, or the first of these build configurations that exists, by default
    any.

    Ends the process with status 2 if there is none.
    """
    named = os.environ.get("HOOKSIM_BIN")
    for path in [Path(named)] if named else [BUILDS[kind] for kind in kinds or BUILDS]:
        if path.is_file() and os.access(path, os.X_OK):
            return str(path.absolute())
    print("there is no hooksim to start: run swift build, or set HOOKSIM_BIN to a program", file=sys.stderr)
    sys.exit(2)


def environment(**more: str) -> dict[str, str]:
    """Returns the environment for a simulator that a tool starts, without the variables that name another one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKSIM_")}
    return kept | more
