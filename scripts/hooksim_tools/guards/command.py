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

from .. import ensure
from ..project import ROOT, SCRIPTS
from ..sources_copy import copy
from .table import GUARDS, Guard

# The limit in seconds for all tests together with all guards in place.
MAX_SECONDS = 900
# Without its guard, a test may wait forever. The tests of one guard may take this many seconds longer than all tests
# with all guards.
PATIENCE_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/check-guards", description=__doc__)
    parser.add_argument(
        "guards", nargs="*", metavar="GUARD", help="only these, and those whose names begin with one and a hyphen"
    )
    parser.add_argument(
        "--list",
        action="store_true",
        help="name the guards, and what proves each; fails if the code of one is not there",
    )
    parser.add_argument("--tree", type=Path, default=ROOT / ".build-guards", help="where the copy is built")
    options = parser.parse_args()
    chosen = [guard for guard in GUARDS if not options.guards or any(is_named(guard, name) for name in options.guards)]
    unknown = [name for name in options.guards if not any(is_named(guard, name) for guard in chosen)]
    if unknown:
        parser.error(f"there is no guard {', '.join(unknown)}; --list names them")
    if options.list:
        missing = [(guard, text) for guard in chosen if (text := missing_text(guard, ROOT))]
        for guard in chosen:
            print(f"{guard.name}: {guard.tests}")
        for guard, text in missing:
            print(f"{guard.name}: NOT FOUND in {text}", file=sys.stderr)
        sys.exit(1 if missing else 0)
    # To find the failures that a guard prevents, the simulation needs more seeds than in a usual run of the tests.
    os.environ.setdefault("HOOKSIM_SIMULATION_SEEDS", "120")
    ensure.succeed(str(SCRIPTS / "install-dependencies"))
    copy(options.tree)
    # A test that fails even with its guard in place proves nothing.
    everything = "|".join(sorted({guard.tests for guard in chosen}))
    if not build(options.tree):
        sys.exit(f"the tests don't build with all guards in place; see {options.tree}/check-guards.log")
    began = time.monotonic()
    if not passes(options.tree, everything, MAX_SECONDS):
        sys.exit(f"the tests don't pass with all guards in place; see {options.tree}/check-guards.log")
    # The time that all tests took distinguishes a test that hangs from one that is slow on a busy machine.
    patience = PATIENCE_SECONDS + time.monotonic() - began
    unproven = [guard.name for guard in chosen if not is_proven(guard, options.tree, patience)]
    print(f"{len(chosen) - len(unproven)} of {len(chosen)} guards are proven")
    sys.exit(1 if unproven else 0)


def is_named(guard: Guard, name: str) -> bool:
    return guard.name == name or guard.name.startswith(name + "-")


def missing_text(guard: Guard, tree: Path) -> str | None:
    """Returns the first text of a guard that its file does not contain exactly once, after the name of the file."""
    for name, there, _ in guard.changes:
        file = tree / "Sources" / name
        if (file.read_text() if file.exists() else "").count(there) != 1:
            return f"{name}: {there}"
    return None


def is_proven(guard: Guard, tree: Path, patience: float) -> bool:
    if text := missing_text(guard, tree):
        print(f"{guard.name}: NOT FOUND in {text}", flush=True)
        return False
    files = {tree / "Sources" / name for name, _, _ in guard.changes}
    whole = {file: file.read_text() for file in files}
    without = dict(whole)
    for name, there, instead in guard.changes:
        file = tree / "Sources" / name
        without[file] = without[file].replace(there, instead)
    for file in files:
        file.write_text(without[file])
    try:
        if not build(tree):
            outcome = "DOES NOT BUILD"
        elif passes(tree, guard.tests, patience):
            outcome = "UNPROVEN: the tests pass without it"
        else:
            outcome = "proven"
    finally:
        for file in files:
            file.write_text(whole[file])
    print(f"{guard.name}: {outcome} ({guard.tests})", flush=True)
    return outcome == "proven"


def build(tree: Path) -> bool:
    return run(tree, "swift", "build", "--build-tests")


def passes(tree: Path, tests: str, seconds: float) -> bool:
    # Only a few tests run at a time. If all run at once on a busy machine, some that assert a deadline fail with their
    # guard in place.
    width = ["--parallel", "--experimental-maximum-parallelization-width", "4"]
    command = ["swift", "test", "--skip-build", *width, "--filter", f"({tests})/"]
    try:
        return run(tree, *command, timeout=seconds)
    except subprocess.TimeoutExpired:
        return False


def run(tree: Path, *command: str, timeout: float | None = None) -> bool:
    # With CI set, warnings are errors, but a removed guard leaves unused variables.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    with (tree / "check-guards.log").open("a") as log:
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            return process.wait(timeout) == 0
        finally:
            end_session(process.pid)


def end_session(session: int) -> None:
    """Ends the remaining processes of a session. The tests run in a process group of their own, and some hang without
    their guard."""
    for name in os.listdir("/proc"):
        with contextlib.suppress(ValueError, ProcessLookupError):
            if os.getsid(int(name)) == session:
                os.kill(int(name), signal.SIGKILL)


if __name__ == "__main__":
    main()
