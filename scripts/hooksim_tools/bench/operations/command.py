"""Measures how long operations on many events take, and how long they hold up others."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from ... import ensure
from ...process import end_in_order
from ...project import SCRIPTS, program
from ..command import setting
from ..measurements import Plan, progress
from ..table import markdown
from .meanwhile import HEADINGS, MAXIMUM_MS, P99_MS
from .rows import ADVANCE, BACKUP_MS, OPERATIONS, Size, measure

NAMES = (*OPERATIONS, ADVANCE)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench --operations",
        description="Measures operations on a store with many events: how long each takes, and list pages and deliveries "
        "of another partner meanwhile. Prints a Markdown table, and exits with 1 if a bound is missed.",
        epilog="Stores are written to TMPDIR, which needs 3 GB. HOOKSIM_BIN names another hooksim.",
    )
    parser.add_argument("--operations", action="store_true", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--events", type=int, default=500_000, help="events in the store (default 500,000)")
    parser.add_argument("--only", action="append", choices=NAMES, help="only this operation; may be repeated")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    return parser.parse_args()


def main() -> NoReturn:
    options = arguments()
    if not options.no_build and not os.environ.get("HOOKSIM_BIN"):
        ensure.succeed(str(SCRIPTS / "build-release"))
    end_in_order()
    rows = []
    with tempfile.TemporaryDirectory(prefix="hooksim-bench-") as folder:
        binary = program("release")
        header = setting(Plan(binary, Path(folder))).partition(" Medians")[0]
        for row in measure(Size(binary, Path(folder), options.events), options.only or [*NAMES]):
            progress(f"  {' | '.join(row.cells())}")
            rows.append(row)
    print(f"{header} {options.events:,} events.\n\n{markdown([HEADINGS, *(row.cells() for row in rows)])}\n")
    print(f"Bounds: p99 {P99_MS:g} ms, maximum {MAXIMUM_MS:g} ms (backup {BACKUP_MS:g} ms).")
    if any(row.misses and row.accepted is None for row in rows):
        print("A server that does nothing else misses them too, so other programs kept the machine busy.")
    missed = [row for row in rows if row.misses]
    for row in missed:
        print(f"missed: {row.what}: {', '.join(row.misses)}")
    sys.exit(1 if missed else 0)
