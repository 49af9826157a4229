#!/usr/bin/env python3
"""Runs every client and receiver against one simulator and prints a line for each: passed, failed or skipped.

The simulator is the one at HOOKSIM_URL, or one that is started here: HOOKSIM_BIN, or what `swift build` built. It must be of profile
sandbox, on a real clock. Names as arguments run only those. Skipped is a client whose language or library is not there; with CI set,
that fails the run.

Each client of a language gets a partner of its own (HOOKSIM_CLIENT_ID, HOOKSIM_CLIENT_SECRET), does the steps of verification.py and
prints `ok: STEP` for each that held. What the simulator saw must agree.
"""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from simulator import free_port, running_simulator, wait_until_ready  # noqa: E402

# Only ends what hangs; a busy machine may take its time.
CHECK_SECONDS = 400


class Check:
    """Something to run, with what it needs: pairs of a package and a command that succeeds when the package is there."""

    def __init__(self, name, command, needs=(), receiver=None, is_verified=False):
        self.name, self.command, self.needs, self.receiver = name, command, needs, receiver
        self.is_verified = is_verified

    def missing(self):
        return [package for package, probe in self.needs if not succeeds(probe)]


def python_package(package, module=None):
    return package, [sys.executable, "-c", f"import {module or package}"]


def framework(name, *packages, command=None):
    return Check(
        name,
        [sys.executable, "python_client.py"],
        [python_package(package) for package in ("requests", *packages)],
        receiver=command or [sys.executable, f"frameworks/{name.replace('.', '_')}_receiver.py"],
        is_verified=True,
    )


EXPRESS = "require('express')"
PERL_MODULES = [("libwww-perl", "LWP::UserAgent"), ("libhttp-daemon-perl", "HTTP::Daemon")]
GSON = "/usr/share/java/gson.jar"
CHECKS = [
    Check("curl", ["bash", "curl.sh"], [("curl", ["curl", "--version"])]),
    Check("authlib", [sys.executable, "authlib_client.py"], [python_package("authlib")]),
    Check("requests-oauthlib", [sys.executable, "requests_oauthlib_client.py"], [python_package("requests-oauthlib", "requests_oauthlib")]),
    Check("node", ["node", "node_client.mjs"], [("nodejs", ["node", "--version"])]),
    Check("express", ["node", "express_receiver.mjs"], [("node-express", ["node", "-e", EXPRESS])]),
    Check(
        "java",
        ["java", "-cp", GSON, "java_client.java"],
        [("openjdk-17-jdk-headless", ["javac", "--version"]), ("libgoogle-gson-java", ["test", "-e", GSON])],
        is_verified=True,
    ),
    Check("go", ["go", "run", "go_client.go"], [("golang-go", ["go", "version"])], is_verified=True),
    Check(
        "ruby",
        ["ruby", "ruby_client.rb"],
        [("ruby", ["ruby", "--version"]), ("ruby-webrick", ["ruby", "-rwebrick", "-e", ""])],
        is_verified=True,
    ),
    Check(
        "php",
        ["php", "php_client.php"],
        [("php-cli", ["php", "--version"]), ("php-curl", ["php", "-r", "exit(extension_loaded('curl') ? 0 : 1);"])],
        is_verified=True,
    ),
    Check(
        "perl",
        ["perl", "perl_client.pl"],
        [("perl", ["perl", "-MJSON::PP", "-e", ""])] + [(package, ["perl", f"-M{module}", "-e", ""]) for package, module in PERL_MODULES],
        is_verified=True,
    ),
    framework("flask", "flask"),
    framework("django", "django"),
    framework("fastapi", "fastapi", "uvicorn"),
    framework("aiohttp", "aiohttp"),
    framework("tornado", "tornado"),
    framework("bottle", "bottle"),
    framework("gunicorn", "gunicorn", command=[sys.executable, "-m", "gunicorn", "--chdir", "frameworks", "gunicorn_receiver:app"]),
    framework("http.server"),
    framework("serial.http.server"),
    Check("docs/api.md", [sys.executable, "receiver_from_api.py"]),
]


def succeeds(command):
    try:
        return subprocess.run(command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def environment(**more):
    # Debian's node packages are in a folder of their own.
    return {"NODE_PATH": "/usr/share/nodejs", **os.environ, **more}


@contextlib.contextmanager
def process(command, **variables):
    """A process with all that it starts, which ends with the block."""
    child = subprocess.Popen(
        command, cwd=HERE, env=environment(**variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def run(check):
    """Returns the reason why it failed, or None, and what it printed."""
    # These read HOOKSIM_URL, which is known only once the simulator runs.
    import hooksim_admin
    import verification

    partner = hooksim_admin.new_partner()
    variables = {"HOOKSIM_CLIENT_ID": partner["client_id"], "HOOKSIM_CLIENT_SECRET": partner["client_secret"]}
    output = ""
    with contextlib.ExitStack() as stack:
        try:
            if check.receiver:
                port = free_port()
                variables["RECEIVER_URL"] = f"http://127.0.0.1:{port}"
                receiver = stack.enter_context(receiver_process(check.receiver, port))
                wait_until_ready(receiver, variables["RECEIVER_URL"] + "/deliveries")
            client = stack.enter_context(process(check.command, **variables))
            output, _ = client.communicate(timeout=CHECK_SECONDS)
            if client.returncode:
                return f"exit {client.returncode}", output
            if check.is_verified:
                verification.verify(partner["client_id"], output)
        except subprocess.TimeoutExpired as error:
            return f"it was still running after {CHECK_SECONDS} s", (error.stdout or b"").decode()
        except hooksim_admin.CheckFailed as error:
            return str(error), output
    return None, output


def receiver_process(command, port):
    # gunicorn reads PORT too. Its output is not read while it runs, so it must not fill a pipe.
    return process(["sh", "-c", 'exec "$@" >/dev/null 2>&1', "sh", *command], PORT=str(port))


def last_line(output):
    lines = output.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def report(check):
    """Runs it, prints its line, and returns passed, failed or skipped."""
    missing = check.missing()
    if missing:
        print(f"{check.name}: skipped, since it needs {' and '.join(missing)}", flush=True)
        return "skipped"
    reason, output = run(check)
    if reason is None:
        print(f"{check.name}: passed", flush=True)
        return "passed"
    for line in output.splitlines():
        print(f"    {line}")
    print(f"{check.name}: failed: {last_line(output) if reason.startswith('exit') else reason}", flush=True)
    return "failed"


def main():
    names = sys.argv[1:] or [check.name for check in CHECKS]
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        sys.exit(f"there is no client {', '.join(sorted(unknown))}; there are {', '.join(check.name for check in CHECKS)}")
    with running_simulator() as variables:
        os.environ.update(variables)
        import hooksim_admin

        with hooksim_admin.settings(retry_schedule=["0s"]):
            outcomes = [report(check) for check in CHECKS if check.name in names]
    passed, failed, skipped = (outcomes.count(outcome) for outcome in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or skipped and os.environ.get("CI") else 0)


main()
