"""What every attack has: a folder, dice, simulators that are stopped whatever happens, and words for what was found."""

from __future__ import annotations

import http.client
import json
import os
import random
import select
import signal
import sqlite3
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

TOPIC = "invoice_paid"


class Broken(Exception):
    """A promise that was not kept."""


def promise(holds: object, what: str) -> None:
    if not holds:
        raise Broken(what)


class Attack:
    """One attack under way."""

    def __init__(self, binary: str, folder: Path, seed: int, count: int) -> None:
        self.binary = binary
        self.folder = folder
        self.count = count
        self.seed = seed
        self.random = random.Random(seed)
        self._open: list = []

    def __enter__(self) -> Attack:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for thing in reversed(self._open):
            thing.stop()
        if kind:
            print(f"  what was there is kept in {self.folder}", flush=True)

    def keep(self, thing):
        """Stops it when the attack ends."""
        self._open.append(thing)
        return thing

    def simulator(self, *options: str, store: Path | None = None, **more) -> Simulator:
        return self.keep(Simulator(self, *options, store=store, **more))

    def say(self, what: str) -> None:
        print(f"  {what}", flush=True)


class Simulator:
    """`hooksim serve` on a free port."""

    def __init__(self, attack: Attack, *options: str, store: Path | None = None, files: int | None = None) -> None:
        self.store = store
        number = len(list(attack.folder.glob("serve-*.log")))
        self.log = attack.folder / f"serve-{number}.log"
        command = [attack.binary, "serve", "--port", "0", "--seed", str(attack.seed), *options]
        if store:
            command += ["--store", str(store)]
        if files:
            command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, env=environment()
            )
        ready, _, _ = select.select([self.process.stdout], [], [], 30)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.kill()
            raise Broken(f"serve did not start: {self.log.read_text()[-500:]}")
        facts = json.loads(line)
        self.url: str = facts["url"]
        self.port: int = urlsplit(self.url).port
        self._credentials = {name: facts[name] for name in ("client_id", "client_secret")}
        self._token = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def token(self) -> str:
        if not self._token:
            body = {"grant_type": "client_credentials", **self._credentials}
            self._token = self.call("POST", "/oauth/token", body)["access_token"]
        return self._token

    def ask(self, method: str, path: str, body: object = None, timeout: float = 60, token: str | None = None):
        """The status and the body of an answer, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            if isinstance(body, (bytes, str)):
                headers["Content-Type"] = "application/json"
            elif body is not None:
                body = json.dumps(body)
                headers["Content-Type"] = "application/json"
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read()
            try:
                return response.status, json.loads(data)
            except ValueError:
                return response.status, data
        finally:
            connection.close()

    def call(self, method: str, path: str, body: object = None, token: str | None = None, timeout: float = 60):
        """The body of an answer of 2xx."""
        status, answer = self.ask(method, path, body, timeout, token)
        promise(200 <= status < 300, f"{method} {path} answered {status}: {str(answer)[:300]}")
        return answer

    def subscribe(self, url: str, topic: str = TOPIC) -> str:
        return self.call("POST", "/webhooks", {"endpoint_url": url, "topic": topic}, token=self.token)["id"]

    def trigger(self, count: int = 1, **more) -> list[str]:
        body = {"topic": TOPIC, "count": count, **more}
        return [event["id"] for event in self.call("POST", "/__admin/events", body)["data"]]

    def settings(self, **settings) -> None:
        self.call("PATCH", "/__admin/settings", settings)

    def expect(self, of: str, where: dict, count: int, seconds: float = 60) -> None:
        body = {"of": of, "where": where, "count": count, "timeout_ms": int(seconds * 1000)}
        status, answer = self.ask("POST", "/__admin/expect", body, timeout=seconds + 30)
        promise(status == 200, f"expected {count} {of} with {where}; {str(answer)[:300]}")

    def attempts(self) -> list[dict]:
        return self.call("GET", "/__admin/attempts")["data"]

    def check_alive(self, after: str) -> None:
        promise(self.process.poll() is None, f"the process ended with {self.process.poll()} after {after}: {self.last_words()}")
        status, _ = self.ask("GET", "/__admin/health", timeout=10)
        promise(status == 200, f"health answers {status} after {after}")

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-800:]

    def resident_mib(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1]) / 1024

    def kill(self) -> None:
        """kill -9."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.kill()


def environment() -> dict[str, str]:
    """What the reader's environment says of another simulator is not meant for these."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HOOKSIM_")}


def refusal(attack: Attack, *options: str) -> str:
    """Starts a simulator that must refuse: at once, with an exit code and one line that says why."""
    command = [attack.binary, "serve", "--port", "0", *options]
    start = time.monotonic()
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL, env=environment())
    except subprocess.TimeoutExpired:
        raise Broken(f"{' '.join(options)} was not refused") from None
    took = time.monotonic() - start
    lines = ended.stderr.strip().splitlines()
    promise(ended.returncode in (1, 2), f"exit code {ended.returncode} for {options}: {ended.stderr[-500:]}")
    promise(len(lines) == 1, f"{len(lines)} lines on standard error for {options}: {ended.stderr[-500:]}")
    promise(took < 3, f"it took {took:.1f} s to refuse {options}")
    return lines[0]


def stored(store: Path, folder: Path, query: str, check: bool = True) -> list[tuple]:
    """Reads a copy of a store as it lies there, its log included, after SQLite's own check of it."""
    copy = folder / "copy.db"
    for suffix in ("", "-wal", "-journal"):
        target = Path(f"{copy}{suffix}")
        target.unlink(missing_ok=True)
        if Path(f"{store}{suffix}").exists():
            shutil.copyfile(f"{store}{suffix}", target)
    connection = sqlite3.connect(copy)
    try:
        if check:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            promise(found == ["ok"], f"integrity_check says {found[:3]}")
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
