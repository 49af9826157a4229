"""Fuzzes the simulated API and the control API from the OpenAPI document that the simulator serves.

It runs every check of schemathesis, and exits with 1 if there are findings. Other arguments are those of schemathesis.
HOOKSIM_BIN names a program other than the one that is built here. HOOKSIM_URL names a running simulator of profile
sandbox, which the run resets (with HOOKSIM_CLIENT_ID and HOOKSIM_CLIENT_SECRET if they are not the default).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from .. import ensure
from ..client import Client
from ..process import end_in_order
from ..project import SCRIPTS
from ..simulator import Simulator

# The findings depend on the values that hypothesis generates and jsonschema_rs accepts, so these are pinned as well.
REQUIREMENTS = ("schemathesis==4.32.5", "hypothesis==6.170.15", "jsonschema_rs==0.60.3")


def fuzz(client: Client, programs: Path, seconds: int, options: list[str]) -> int:
    """Returns the exit code of schemathesis."""
    # Schemathesis leaves its caches in this folder; `schemathesis replay ID`, which a finding names, must be run there
    # too.
    folder = programs.parent
    # The document is read from a copy, since schemathesis leaves out the operation that it loads the document from.
    (folder / "openapi.json").write_bytes(client.send("GET", "/__admin/openapi.json").body)
    command = [
        str(programs / "schemathesis"), "run", "openapi.json", "--url", client.url, "--checks", "all", "--mode", "all",
        "--phases", "examples,coverage,fuzzing,stateful", "--max-time", str(seconds), "--workers", "1",
        "--continue-on-failure", "--request-timeout", "20", "--generation-database", "none", *options,
    ]  # fmt: skip
    variables = {
        "HOOKSIM_URL": client.url,
        "HOOKSIM_CLIENT_ID": client.client_id,
        "HOOKSIM_CLIENT_SECRET": client.client_secret,
        "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py")),
        "PYTHONPATH": str(SCRIPTS),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(command, cwd=folder, env=os.environ | variables)
    try:
        return process.wait(seconds + 120)
    except subprocess.TimeoutExpired:
        print("schemathesis did not end in time", file=sys.stderr)
        return 1
    finally:
        process.kill()


def main() -> None:
    end_in_order()
    parser = argparse.ArgumentParser(
        prog="scripts/fuzz-api", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=300, help="how long (default 300)")
    options, others = parser.parse_known_args()
    if options.seconds < 1:
        parser.error("--seconds must be at least 1")
    try:
        programs = ensure.virtual_environment("schemathesis", REQUIREMENTS)
    except ensure.Missing as error:
        sys.exit(str(error))
    if url := os.environ.get("HOOKSIM_URL"):
        named = {
            "client_id": os.environ.get("HOOKSIM_CLIENT_ID", "sandbox"),
            "client_secret": os.environ.get("HOOKSIM_CLIENT_SECRET", "sandbox-secret"),
        }
        sys.exit(fuzz(Client(url, named["client_id"], named["client_secret"]), programs, options.seconds, others))
    with Simulator() as simulator:
        status = fuzz(simulator.client, programs, options.seconds, others)
        if not simulator.is_running:
            print(f"hooksim ended during the run:\n{simulator.last_words()}", file=sys.stderr)
            status = 1
    sys.exit(status)
