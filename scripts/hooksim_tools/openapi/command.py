"""Checks that each form of the OpenAPI document that the simulator serves is valid, and that the clients and models
that generators write from it work with a simulator that this command starts.

A generator that can't be installed is reported and skipped; with CI set, that is a failure.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from .. import ensure
from ..client import Client
from ..process import end_in_order
from ..receiver import OK, Delivery, Receiver, response
from ..simulator import Simulator
from .generators import FOLDER, GENERATORS, Failed, Workplace

ENVIRONMENT = "openapi"


class Deliveries:
    """Writes the body of each delivery to a file, and refuses the first one to /NAME/refusing.

    A client subscribes RECEIVER_URL/NAME/accepting, and finds the last body in DELIVERIES/NAME-accepting.json.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def respond(self, delivery: Delivery, _: object) -> bytes:
        file = self.folder / (delivery.path.strip("/").replace("/", "-") + ".json")
        with self._lock:
            # The file is renamed in one step, so that a client never reads a part of it.
            part = file.with_suffix(".part")
            part.write_bytes(delivery.body)
            part.replace(file)
            if delivery.path.endswith("/refusing") and delivery.path not in self._refused:
                self._refused.add(delivery.path)
                return response(500)
            return OK


def fetch_forms(client: Client, folder: Path, programs: Path) -> None:
    """Writes all forms of the document to files: both-3.1.json, both-3.0.json, webhooks-3.1.json, webhooks-3.0.json.

    The process ends with the validator's status if one is not valid.
    """
    for version in ("3.1", "3.0"):
        files = []
        for name, query in (("both", ""), ("webhooks", "&api=webhooks")):
            found = client.send("GET", f"/__admin/openapi.json?version={version}{query}")
            files.append(folder / f"{name}-{version}.json")
            files[-1].write_bytes(found.body)
        ensure.succeed(str(programs / "openapi-spec-validator"), "--schema", version, *map(str, files))


def check(name: str, work: Workplace) -> str:
    """Returns passed, skipped or failed."""
    print(f"== {name}", flush=True)
    work.folder.mkdir()
    started = time.monotonic()
    try:
        GENERATORS[name](work)
    except ensure.Missing as error:
        print(f"{name}: skipped: {error}", flush=True)
        return "skipped"
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"{name}: FAILED: {error}", file=sys.stderr, flush=True)
        return "failed"
    print(f"{name}: passed in {time.monotonic() - started:.0f} s", flush=True)
    return "passed"


def main() -> None:
    end_in_order()
    parser = argparse.ArgumentParser(
        prog="scripts/check-openapi", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="HOOKSIM_BIN names another hooksim than the one that is built here.",
    )  # fmt: skip
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"only these; there are {', '.join(GENERATORS)}")
    chosen = parser.parse_args().clients or list(GENERATORS)
    if unknown := sorted(set(chosen) - set(GENERATORS)):
        parser.error(f"there is no client {', '.join(unknown)}; there are {', '.join(GENERATORS)}")
    try:
        requirements = ensure.requirements_of(FOLDER / "requirements.txt")
        programs = ensure.virtual_environment(ENVIRONMENT, requirements)
    except ensure.Missing as error:
        print(f"skipped: all of it; {error}")
        sys.exit(1 if os.environ.get("CI") else 0)
    with tempfile.TemporaryDirectory(prefix="hooksim-openapi-") as name:
        folder = Path(name)
        deliveries = folder / "deliveries"
        deliveries.mkdir()
        # Each event has one attempt, so that a refused event fails at once.
        with Simulator("--retry-schedule", "0s") as simulator, Receiver(Deliveries(deliveries).respond) as receiver:
            fetch_forms(simulator.client, folder, programs)
            print("4 forms are valid", flush=True)
            variables = {
                "HOOKSIM_URL": simulator.url, "RECEIVER_URL": receiver.url, "DELIVERIES": str(deliveries),
            }  # fmt: skip
            outcomes = {name: check(name, Workplace(folder / name, folder, programs, variables)) for name in chosen}
    counts = []
    for outcome in ("passed", "skipped", "failed"):
        names = [name for name in chosen if outcomes[name] == outcome]
        counts.append(f"{len(names)} {outcome}" + (f" ({' '.join(names)})" if names else ""))
    print(", ".join(counts))
    found = set(outcomes.values())
    sys.exit(1 if "failed" in found or ("skipped" in found and os.environ.get("CI")) else 0)
