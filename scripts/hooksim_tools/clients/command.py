"""Runs real, unmodified clients and receivers against one simulator, and prints a line for each.

The simulator is the one at HOOKSIM_URL, or a new process of HOOKSIM_BIN or of the program that `swift build` built. It
must have the profile sandbox and a real clock. The packages that the clients need are installed from Debian (as root)
and PyPI. A client whose language or library can't be installed is skipped; with CI set, that fails the run.

Each client of a language gets a partner of its own (HOOKSIM_CLIENT_ID, HOOKSIM_CLIENT_SECRET), does the steps of
verification.py and prints `ok: STEP` for each step that passed. The simulator's logs must agree.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import ensure
from ..client import Client, send
from ..process import PATIENCE, end_in_order, free_port, wait_until
from ..simulator import Simulator
from .table import CHECKS, ENVIRONMENT, FOLDER, PACKAGES, Check
from .verification import Mismatch, verify

# A limit in seconds that only ends processes that hang; it is long because of busy machines.
CHECK_SECONDS = 400


def install() -> None:
    """Installs the packages that the clients need, as far as they are available."""
    try:
        ensure.packages(*PACKAGES)
    except ensure.Missing:
        # The packages are installed separately, so that one that can't be installed does not prevent the others.
        for package in PACKAGES:
            with reported():
                ensure.packages(package)
    with reported():
        requirements = ensure.requirements_of(FOLDER / "requirements.txt")
        ensure.virtual_environment(ENVIRONMENT, requirements)


@contextlib.contextmanager
def reported() -> Iterator[None]:
    try:
        yield
    except ensure.Missing as error:
        print(error, file=sys.stderr)


def environment(**more: str) -> dict[str, str]:
    """Returns the environment of a client, without the path to the modules of this package."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # Debian's node packages are in a folder of their own.
    return {"NODE_PATH": "/usr/share/nodejs", **inherited, "PYTHONDONTWRITEBYTECODE": "1", **more}


def succeeds(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(command, env=environment(), capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


@contextlib.contextmanager
def process(command: Sequence[str], **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Runs a process, and ends it and all processes that it has started at the end of the block."""
    child = subprocess.Popen(
        command,
        cwd=FOLDER,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


@dataclass
class Runner:
    """Runs the checks against one simulator, whose control API `client` uses."""

    client: Client

    def report(self, check: Check) -> str:
        """Runs a check, prints its line, and returns passed, failed or skipped."""
        missing = [need.package for need in check.needs if not succeeds(need.probe)]
        if missing:
            print(f"{check.name}: skipped, since it needs {' and '.join(missing)}", flush=True)
            return "skipped"
        reason, output = self.run(check)
        if reason is None:
            print(f"{check.name}: passed", flush=True)
            return "passed"
        for line in output.splitlines():
            print(f"    {line}")
        print(f"{check.name}: failed: {last_line(output) if reason.startswith('exit') else reason}", flush=True)
        return "failed"

    def run(self, check: Check) -> tuple[str | None, str]:
        """Runs a check, and returns the reason why it failed, or `None`, and its output."""
        partner = self.client.add_partner()
        variables = {"HOOKSIM_CLIENT_ID": partner["client_id"], "HOOKSIM_CLIENT_SECRET": partner["client_secret"]}
        output = ""
        with contextlib.ExitStack() as stack:
            try:
                if check.receiver:
                    variables["RECEIVER_URL"] = start_receiver(stack, check.receiver)
                child = stack.enter_context(process(check.command, HOOKSIM_URL=self.client.url, **variables))
                output, _ = child.communicate(timeout=CHECK_SECONDS)
                if child.returncode:
                    return f"exit {child.returncode}", output
                if check.is_verified:
                    verify(self.client, partner["client_id"], output)
            except subprocess.TimeoutExpired as error:
                printed = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
                return f"it was still running after {CHECK_SECONDS} s", printed
            except (Mismatch, TimeoutError) as error:
                return str(error), output
        return None, output


def start_receiver(stack: contextlib.ExitStack, command: Sequence[str]) -> str:
    """Starts a receiver, and returns its URL once it responds. Throws `Mismatch` if it ends before."""
    # gunicorn reads PORT too. Its output is not read while it runs, so it must not fill a pipe.
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    quiet = ["sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh", *command]
    receiver = stack.enter_context(process(quiet, PORT=str(port)))

    def responds() -> bool:
        if receiver.poll() is not None:
            raise Mismatch(f"the receiver ended with {receiver.returncode} before it was ready")
        with contextlib.suppress(OSError):
            return send(url, "GET", "/deliveries").status == 200
        return False

    wait_until(responds, PATIENCE, "the receiver responds", pause=0.1)
    return url


def last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


@contextlib.contextmanager
def running_simulator() -> Iterator[Client]:
    """Yields the simulator at HOOKSIM_URL, or a new one that stops at the end of the block."""
    if url := os.environ.get("HOOKSIM_URL"):
        yield Client(url)
        return
    with Simulator() as simulator:
        yield simulator.client


def main() -> None:
    end_in_order()
    parser = argparse.ArgumentParser(
        prog="scripts/clients/run.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [check.name for check in CHECKS]
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"only these; there are {', '.join(names)}")
    chosen = parser.parse_args().clients or names
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        parser.error(f"there is no client {', '.join(unknown)}; there are {', '.join(names)}")
    install()
    with running_simulator() as client:
        before = client.control("GET", "/settings")["retry_schedule"]
        client.change_settings(retry_schedule=["0s"])
        try:
            outcomes = [Runner(client).report(check) for check in CHECKS if check.name in chosen]
        finally:
            client.change_settings(retry_schedule=before)
    passed, failed, skipped = (outcomes.count(outcome) for outcome in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or (skipped and os.environ.get("CI")) else 0)


if __name__ == "__main__":
    main()
