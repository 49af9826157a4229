"""Takes each guard of SECURITY.md out of a copy of the sources, and expects the tests that prove it to fail."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from table import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
# What all tests together may take with all guards in place.
MAX_SECONDS = 900
# Without its guard, a test may wait for what never happens; so much longer than all tests took before it may take.
PATIENCE_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/check-guards", description=__doc__)
    parser.add_argument("guards", nargs="*", metavar="GUARD", help="only these")
    parser.add_argument("--list", action="store_true", help="name the guards, and what proves each; fails if the code of one is not there")
    parser.add_argument("--tree", type=Path, default=ROOT / ".build-guards", help="where the copy is built")
    options = parser.parse_args()
    unknown = set(options.guards) - {guard.name for guard in GUARDS}
    if unknown:
        parser.error(f"there is no guard {', '.join(sorted(unknown))}; --list names them")
    chosen = [guard for guard in GUARDS if not options.guards or guard.name in options.guards]
    if options.list:
        missing = [(guard, there) for guard in chosen if (there := missing_text(guard, ROOT))]
        for guard in chosen:
            print(f"{guard.name}: {guard.tests}")
        for guard, there in missing:
            print(f"{guard.name}: NOT FOUND in {guard.file}: {there}", file=sys.stderr)
        sys.exit(1 if missing else 0)
    subprocess.run([ROOT / "scripts" / "copy-sources", options.tree], check=True)
    # What fails with its guard in place proves nothing.
    everything = "|".join(sorted({guard.tests for guard in chosen}))
    if not build(options.tree):
        sys.exit(f"the tests don't build with all guards in place; see {options.tree}/check-guards.log")
    began = time.monotonic()
    if not passes(options.tree, everything, MAX_SECONDS):
        sys.exit(f"the tests don't pass with all guards in place; see {options.tree}/check-guards.log")
    # On a busy machine that is what tells a test that hangs from one that is slow.
    patience = PATIENCE_SECONDS + time.monotonic() - began
    unproven = [guard.name for guard in chosen if not is_proven(guard, options.tree, patience)]
    print(f"{len(chosen) - len(unproven)} of {len(chosen)} guards are proven")
    sys.exit(1 if unproven else 0)


def missing_text(guard: Guard, tree: Path) -> str | None:
    """The first text of a guard that its file does not have exactly once."""
    file = tree / "Sources" / guard.file
    content = file.read_text() if file.exists() else ""
    return next((there for there, _ in guard.changes if content.count(there) != 1), None)


def is_proven(guard: Guard, tree: Path, patience: float) -> bool:
    if there := missing_text(guard, tree):
        print(f"{guard.name}: NOT FOUND in {guard.file}: {there}", flush=True)
        return False
    file = tree / "Sources" / guard.file
    whole = file.read_text()
    without = whole
    for there, instead in guard.changes:
        without = without.replace(there, instead)
    file.write_text(without)
    try:
        if not build(tree):
            outcome = "DOES NOT BUILD"
        elif passes(tree, guard.tests, patience):
            outcome = "UNPROVEN: the tests pass without it"
        else:
            outcome = "proven"
    finally:
        file.write_text(whole)
    print(f"{guard.name}: {outcome} ({guard.tests})", flush=True)
    return outcome == "proven"


def build(tree: Path) -> bool:
    return run(tree, "swift", "build", "--build-tests")


def passes(tree: Path, tests: str, seconds: float) -> bool:
    # A few at a time: with all at once on a busy machine, some that assert a deadline fail with their guard in place.
    width = ["--parallel", "--experimental-maximum-parallelization-width", "4"]
    command = ["swift", "test", "--skip-build", *width, "--filter", f"({tests})/"]
    try:
        return run(tree, *command, timeout=seconds)
    except subprocess.TimeoutExpired:
        return False


def run(tree: Path, *command: str, timeout: float | None = None) -> bool:
    # Unused variables are to be expected here, and no error.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    with (tree / "check-guards.log").open("a") as log:
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            return process.wait(timeout) == 0
        finally:
            end_session(process.pid)


def end_session(session: int) -> None:
    """Ends what is left of a session: the tests themselves run in a process group of their own, and without their guard some hang."""
    for name in os.listdir("/proc"):
        with contextlib.suppress(ValueError, ProcessLookupError):
            if os.getsid(int(name)) == session:
                os.kill(int(name), signal.SIGKILL)


if __name__ == "__main__":
    main()
