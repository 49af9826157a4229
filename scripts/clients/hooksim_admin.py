"""What the Python checks share: the server's control API, and how a check reports."""

import contextlib
import json
import os
import signal
import sys
import time
import urllib.parse
import urllib.request

URL = os.environ.get("HOOKSIM_URL", "http://127.0.0.1:8080").rstrip("/")
TOKEN_URL = f"{URL}/oauth/token"
WEBHOOKS_URL = f"{URL}/webhooks"
# A busy machine takes its time: these only end what hangs.
TIMEOUT_SECONDS = 60
WAIT_SECONDS = 60
CHECK_SECONDS = 300


class CheckFailed(Exception):
    pass


def admin(method, path, body=None):
    request = urllib.request.Request(f"{URL}/__admin{path}", method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
        return json.load(response)


def new_partner():
    """A partner of its own isolates a check from whatever else uses the server."""
    return admin("POST", "/partners", {})


@contextlib.contextmanager
def settings(**changes):
    """Settings are the server's, not a partner's: they are put back in any case."""
    before = admin("GET", "/settings")
    admin("PATCH", "/settings", changes)
    try:
        yield
    finally:
        admin("PATCH", "/settings", {name: before[name] for name in changes})


def token_fetches(client_id):
    """How many tokens the server saw this client ask for."""
    rows = admin("GET", "/requests?" + urllib.parse.urlencode({"client_id": client_id}))["data"]
    return sum(row["path"] == "/oauth/token" for row in rows)


def expect(held, otherwise):
    if not held:
        raise CheckFailed(otherwise)


def wait_for(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        expect(time.monotonic() < deadline, f"waited in vain for {what}")
        time.sleep(0.05)


def run_checks(*checks):
    """Runs each check with a partner of its own; its docstring is what it checked."""

    def out_of_time(*_):
        raise CheckFailed(f"took longer than {CHECK_SECONDS} s")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(CHECK_SECONDS)
    for check in checks:
        try:
            check(new_partner())
        except Exception as error:
            sys.exit(f"{os.path.basename(sys.argv[0])}: {check.__doc__}: {type(error).__name__}: {error}")
        print(f"ok: {check.__doc__}", flush=True)
