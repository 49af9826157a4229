"""Where the project's files are, and which program its tools start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
ROOT = SCRIPTS.parent
# What the tools install and keep; .gitignore has it.
TOOLS = ROOT / ".build-tools"
BUILDS = {kind: ROOT / ".build" / kind / "hooksim" for kind in ("release", "debug")}


def program(*kinds: str) -> str:
    """Returns the hooksim to start: HOOKSIM_BIN, or the first of these kinds of build that there is, by default any.

    Ends the process with status 2 if there is none.
    """
    named = os.environ.get("HOOKSIM_BIN")
    for path in [Path(named)] if named else [BUILDS[kind] for kind in kinds or BUILDS]:
        if path.is_file() and os.access(path, os.X_OK):
            return str(path.absolute())
    print("there is no hooksim to start: run swift build, or set HOOKSIM_BIN to a program", file=sys.stderr)
    sys.exit(2)


def environment(**more: str) -> dict[str, str]:
    """Returns the environment for a hooksim that a tool starts: without the variables that lead to another one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOOKSIM_")}
    return kept | more
