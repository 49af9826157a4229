"""Runs hooksim under mixed load for a long time, with kills, and fails if memory, descriptors, threads, the write-ahead
log or the duration of a list page grow."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from .. import ensure
from ..bench.table import markdown
from ..process import end_in_order
from ..project import SCRIPTS, program
from ..receiver import Receiver
from .lives import Lives
from .load import Load, behave
from .samples import HEADINGS, Samples

# The seconds between two samples.
INTERVAL = 5.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/soak",
        description="Runs hooksim under mixed load on one store: triggers, list pages, retries, faults, expectations that "
        "are abandoned, subscribers of the live feed, resets, deletions, and kills with a restart. Prints how much each "
        "figure grows per hour, with twice its standard error, and exits with 1 if it is more than is allowed, the margin "
        "subtracted, and more than a single step. ^C ends it with the figures so far. HOOKSIM_BIN names another hooksim.",
    )
    parser.add_argument("--minutes", type=float, default=60, help="how long it runs (default 60)")
    parser.add_argument(
        "--life", type=float, default=6, help="minutes between two kills, in the first half of the run (default 6)"
    )
    parser.add_argument(
        "--warm-up", type=float, default=3, help="minutes after each start that do not count (default 3)"
    )
    parser.add_argument("--no-build", action="store_true", help="run what is built already")
    options = parser.parse_args()
    if options.warm_up >= min(options.life, options.minutes):
        parser.error("--warm-up must be less than --life and --minutes")
    return options


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def run(lives: Lives, load: Load, samples: Samples, minutes: float, life: float) -> None:
    """Samples until the time has passed.

    In its first half, the simulator is killed at the end of each life. Its last life is long, so that a slow leak shows.
    """
    end = time.monotonic() + 60 * minutes
    samples.begin_life()
    while time.monotonic() < end:
        time.sleep(INTERVAL)
        if not lives.simulator.is_running:
            raise RuntimeError(f"the simulator ended: {lives.simulator.last_words()}")
        load.receiver.received.clear()
        say(samples.take(lives, load))
        is_first_half = end - time.monotonic() > 30 * minutes
        if time.monotonic() > samples.lives[-1].start + 60 * life and is_first_half:
            lives.kill()
            lives.start()
            samples.begin_life()
            load.take_pages()
            say(f"killed and started again, life {lives.count}")


def report(lives: Lives, load: Load, samples: Samples) -> int:
    """Prints what was found, and returns the exit status."""
    rows, grown = samples.rows()
    print(f"{markdown([HEADINGS, *rows])}\n")
    print(f"{lives.count} lives; " + ", ".join(f"{count:,} {name}" for name, count in load.done.items()))
    for name in grown:
        print(f"grows: {name}")
    if load.unexpected:
        print(f"{len(load.unexpected)} unexpected responses, the first: {load.unexpected[0]}")
    return 1 if grown or load.unexpected else 0


def main() -> None:
    options = arguments()
    if not options.no_build and not os.environ.get("HOOKSIM_BIN"):
        ensure.succeed(str(SCRIPTS / "build-release"))
    end_in_order()
    samples = Samples(60 * options.warm_up)
    with tempfile.TemporaryDirectory(prefix="hooksim-soak-") as folder, Receiver(behave) as receiver:
        lives = Lives(program("release"), Path(folder))
        load = Load(lives, receiver)
        try:
            run(lives, load, samples, options.minutes, options.life)
        except KeyboardInterrupt:
            say("stopped by ^C")
        finally:
            load.stop()
            lives.stop()
    sys.exit(report(lives, load, samples))
