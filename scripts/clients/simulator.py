"""Starts the simulator and waits for it, and finds ports for receivers."""

import contextlib
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Only ends what hangs.
READY_SECONDS = 60


def binary():
    builds = [ROOT / ".build" / kind / "hooksim" for kind in ("release", "debug")]
    found = [path for path in [os.environ.get("HOOKSIM_BIN"), *builds] if path and os.access(path, os.X_OK)]
    if not found:
        sys.exit("there is no hooksim to start: run 'swift build', or set HOOKSIM_URL or HOOKSIM_BIN")
    return found[0]


@contextlib.contextmanager
def running_simulator():
    """Yields the environment variables that lead to the simulator at HOOKSIM_URL, or to one that ends with the block."""
    if os.environ.get("HOOKSIM_URL"):
        yield {"HOOKSIM_URL": os.environ["HOOKSIM_URL"].rstrip("/")}
        return
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen([binary(), "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            # The first line comes when the server accepts connections; none comes if it ends before.
            line = server.stdout.readline()
            if not line:
                log.seek(0)
                sys.exit(f"hooksim ended before it was ready: {log.read()}")
            ready = json.loads(line)
            yield {
                "HOOKSIM_URL": ready["url"],
                "HOOKSIM_CLIENT_ID": ready["client_id"],
                "HOOKSIM_CLIENT_SECRET": ready["client_secret"],
            }
        finally:
            server.terminate()
            server.wait()


def free_port():
    """A port below those that the system gives to connections, so that none of them takes it before the receiver does."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until_ready(receiver, url):
    """Waits until the receiver responds."""
    from hooksim_admin import CheckFailed

    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=READY_SECONDS) as response:
                return response.read()
        except (urllib.error.URLError, ConnectionError) as error:
            if receiver.poll() is not None:
                raise CheckFailed(f"the receiver ended with {receiver.returncode} before it was ready") from error
            if time.monotonic() > deadline:
                raise CheckFailed(f"the receiver was not ready within {READY_SECONDS} s: {error}") from error
            time.sleep(0.1)
