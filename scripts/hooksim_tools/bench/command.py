"""Measures hooksim and its floors, and prints a table."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, replace
from pathlib import Path

from .. import ensure
from ..process import end_in_order
from ..project import ROOT, SCRIPTS, program
from .expectations import expectations
from .live_feed import live_feed
from .load import check_built
from .measurements import SECTIONS, Plan, progress
from .peers.report import report
from .table import HEADINGS, Row, markdown

# These parts are measured only when they are requested.
OTHERS = {"expectations": expectations, "live-feed": live_feed}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures a release build beside its floors and prints a Markdown table.",
        epilog="Stores are written to TMPDIR, which needs 2 GB for the largest. HOOKSIM_BIN names another hooksim. "
        "With --against GIT_REF it compares two builds instead: scripts/bench --against HEAD --help. "
        "With --operations it measures how long operations hold up others: scripts/bench --operations --help.",
    )
    parser.add_argument("--quick", action="store_true", help="under two minutes: shorter loads, a smaller large store")
    parser.add_argument("--peers", action="store_true", help="also other mocks, from PyPI, beside hooksim")
    parser.add_argument(
        "--only", action="append", choices=[*SECTIONS, *OTHERS, "peers"], help="only this part; may be repeated"
    )
    parser.add_argument("--rounds", type=int, help="rounds of each comparison (default 3)")
    parser.add_argument("--no-build", action="store_true", help="measure what is built already")
    return parser.parse_args()


def plan(options: argparse.Namespace, folder: Path) -> Plan:
    found = Plan(program("release"), folder)
    if options.quick:
        found = replace(found, seconds=1, starts=10, events=20_000, deliveries=3000, triggers=200)
    return replace(found, rounds=options.rounds) if options.rounds else found


def build() -> None:
    """Installs and builds the load tools, and builds hooksim unless HOOKSIM_BIN names a program."""
    ensure.command("wrk", "wrk")
    if not os.environ.get("HOOKSIM_BIN"):
        ensure.succeed(str(SCRIPTS / "build-release"))
    build_load_tools()


def build_load_tools() -> None:
    ensure.succeed("swift", "build", "-c", "release", "--package-path", str(SCRIPTS / "benchmarks"))


def measure(chosen: list[str], plan: Plan) -> list[Row]:
    rows = []
    for name in chosen:
        progress(name)
        for row in (SECTIONS | OTHERS)[name](plan):
            progress(f"  {row.what}: {row.figure}")
            rows.append(row)
    return rows


def setting(plan: Plan) -> str:
    """Returns where and when the figures were measured."""
    commit = output("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    disk = output("df", "--output=fstype", str(plan.folder)).split()[-1]
    return (
        f"{time.strftime('%Y-%m-%d')}, commit {commit}, {os.cpu_count()} × {processor}, {memory:.0f} GiB, "
        f"Linux {platform.release()}, stores on {disk}; load average {os.getloadavg()[1]:.1f} over five minutes. "
        f"Medians of {plan.rounds} rounds, in parentheses the least and the most."
    )


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    if any(argument.partition("=")[0] == "--against" for argument in sys.argv[1:]):
        from .against import main as compare

        compare()
    if "--operations" in sys.argv[1:]:
        from .operations.command import main as measure_operations

        measure_operations()
    options = arguments()
    if not options.no_build:
        build()
    end_in_order()
    chosen = options.only or list(SECTIONS)
    with tempfile.TemporaryDirectory(prefix="hooksim-bench-") as folder:
        measured = plan(options, Path(folder))
        check_built(measured.binary)
        header = setting(measured)
        rows = measure([name for name in [*SECTIONS, *OTHERS] if name in chosen], measured)
        if rows:
            print(f"{header}\n\n{markdown([astuple(row) for row in [HEADINGS, *rows]])}")
        if options.peers or "peers" in chosen:
            print(f"\n{report(measured)}")


if __name__ == "__main__":
    main()
