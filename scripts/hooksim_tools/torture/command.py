"""Runs attacks against simulators of their own and stops at the first promise that is broken; see scripts/torture."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .. import ensure
from ..process import end_in_order
from ..project import SCRIPTS, program
from . import addresses, clients, fairness, kills, malformed, names, receivers, stores
from .attack import Attack, Broken


@dataclass(frozen=True)
class Part:
    run: Callable[[Attack], None]
    # The namespaces that `unshare` creates for the part: m for mounts, n for the network.
    namespaces: str = ""


PARTS = {
    "kills": Part(kills.run),
    "receivers": Part(receivers.run),
    "head-of-line": Part(fairness.head_of_line),
    "retry-all": Part(fairness.retry_all),
    "full-disk": Part(stores.full_disk, "m"),
    "read-only": Part(stores.read_only, "m"),
    "damaged-stores": Part(stores.damaged),
    "two-owners": Part(stores.two_owners),
    "slow-clients": Part(clients.slow),
    "many-clients": Part(clients.many),
    "malformed-http": Part(malformed.http),
    "malformed-bodies": Part(malformed.bodies),
    "addresses": Part(addresses.run, "mn"),
    "names": Part(names.run, "mn"),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/torture",
        description="Attacks hooksim and prints what each attack found. Exits with 1 at the first broken promise, and says "
        "how to repeat it. All traffic stays on loopback, or in a network of the attack's own. "
        "HOOKSIM_BIN names another hooksim than the release that is built here.",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="go round the parts, each time with another seed, for so long")
    length.add_argument("--count", type=int, default=30, help="size of each attack: kills, damaged stores (default 30)")
    parser.add_argument("--only", action="append", choices=[*PARTS], help="only this part; may be repeated")
    parser.add_argument("--seed", type=int, help="of the random numbers (default: random)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def attack(name: str, seed: int, count: int, is_inside: bool) -> None:
    """Runs one part. A part that needs namespaces runs in a process that has them."""
    part = PARTS[name]
    if part.namespaces and not is_inside:
        command = ["unshare", "-r" + part.namespaces, str(SCRIPTS / "torture"), "--inside", "--only", name]
        command += ["--seed", str(seed), "--count", str(count)]
        if subprocess.run(command, check=False).returncode:
            raise Broken("see above")
        return
    folder = Path(tempfile.mkdtemp(prefix="hooksim-torture-"))
    with Attack(program("release"), folder, seed, count) as running:
        part.run(running)
    # The folder is kept if a promise was broken, since its logs and stores show the reason.
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    options = arguments()
    if not options.inside:
        # ip creates a network for the addresses that nothing may ever be sent to.
        ensure.command("ip", "iproute2")
        if not os.environ.get("HOOKSIM_BIN"):
            ensure.succeed(str(SCRIPTS / "build-release"))
    end_in_order()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    chosen = [name for name in PARTS if name in (options.only or PARTS)]
    deadline = time.monotonic() + 60 * options.minutes if options.minutes else None
    rounds = 0
    while True:
        for name in chosen:
            if not options.inside:
                print(f"{name} (seed {seed})", flush=True)
            start = time.monotonic()
            try:
                attack(name, seed, options.count, options.inside)
            except Exception as error:
                kind = "BROKEN" if isinstance(error, Broken) else f"BROKEN: {type(error).__name__}"
                print(f"  {kind}: {error}", flush=True)
                if not isinstance(error, Broken):
                    traceback.print_exc()
                if not options.inside:
                    print(f"  repeat it: scripts/torture --only {name} --seed {seed} --count {options.count}")
                sys.exit(1)
            if not options.inside:
                print(f"  held, {time.monotonic() - start:.0f} s", flush=True)
            if deadline and time.monotonic() > deadline:
                break
        rounds += 1
        if not deadline or time.monotonic() > deadline:
            break
        seed += 1
    if not options.inside:
        print(f"no promise was broken in {rounds} round{'s' if rounds > 1 else ''} of {len(chosen)} attacks")


if __name__ == "__main__":
    main()
