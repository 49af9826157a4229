"""Replays the same scenario against a correct receiver, where it must pass, and a buggy one, where it must fail."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from .project import ROOT, environment, program

FOLDER = Path("fixtures/receivers")
# A limit in seconds, which only ends a run that hangs.
TIMEOUT = 120
# The exit code, and a pattern of the output, since an exit code alone does not show the reason.
EXPECTED = {
    "correct": (0, r"^1 passed, 0 failed"),
    "buggy": (1, r"the books are wrong: 699\.75 was booked, 400\.00 is paid out"),
}


def steps(name: str) -> str:
    return (ROOT / FOLDER / f"{name}.yaml").read_text().partition("\nsteps:")[2]


def is_as_expected(name: str) -> bool:
    code, pattern = EXPECTED[name]
    file = FOLDER / f"{name}.yaml"
    done = subprocess.run(
        [program(), "replay", str(file)],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode == code and re.search(pattern, done.stdout, re.MULTILINE):
        return True
    print(f"{done.stdout}\n{file}: exit {done.returncode}, expected {code} and: {pattern}", file=sys.stderr)
    return False


def main() -> None:
    # The two scenarios differ only in the receiver, so that only the receiver can cause the different results.
    if not steps("correct") or steps("correct") != steps("buggy"):
        sys.exit("correct.yaml and buggy.yaml must have the same steps")
    failed = [name for name in EXPECTED if not is_as_expected(name)]
    print(f"{len(EXPECTED) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed else 0)
