"""The load: several partners whose clients do everything that changes something, at a bounded rate."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..client import Client, RequestFailed
from ..receiver import OK, Delivery, Receiver, response
from .lives import SECRET, Lives

TOPICS = ("invoice_paid", "payout_paid", "customer_created")
# The list pages of this partner are measured; no fault and no reset of one client concerns it.
MEASURED = "measured"
OTHERS = ("first", "second", "third")
SUBSCRIPTIONS = 4
DELIVERY_FAULTS: tuple[dict[str, object], ...] = (
    {"delay": "300ms"}, {"drop": True}, {"lose": True}, {"duplicate": 2}, {"reorder": {"window": 5}}, {"timeout": True},
    {"connection": "reset"}, {"truncate_body": True}, {"fail_after_accept": True}, {"status": 500},
)  # fmt: skip
API_FAULTS: tuple[dict[str, object], ...] = (
    {"status": 503}, {"delay": "100ms"}, {"connection": "reset"}, {"connection": "close_midway"}, {"malformed_json": True},
    {"expire_token": True}, {"dribble": {"chunks": 5, "over": "200ms"}},
)  # fmt: skip
READS = (
    "/__admin/attempts?limit=100",
    "/__admin/requests?limit=100",
    "/__admin/metrics",
    "/__admin/recording",
    "/__admin/",
)
# The statuses that a request may have: after a reset, partners and tokens no longer exist.
EXPECTED = {200, 201, 400, 401, 403, 404, 409, 422}


def behave(delivery: Delivery, _: object) -> bytes | None:
    """Accepts most deliveries; some fail, some take long, and some connections end."""
    chance = random.random()
    if chance < 0.02:
        time.sleep(0.2)
    if chance < 0.05:
        return None
    return response(500) if chance < 0.15 else OK


@dataclass(frozen=True)
class Worker:
    """An action that is repeated by some threads, with a pause of this many seconds on average after each."""

    act: Callable[[Load], None]
    pause: float
    threads: int = 1


class Load:
    """Threads that act until they are stopped, on the simulator that runs at the time."""

    def __init__(self, lives: Lives, receiver: Receiver) -> None:
        self.lives = lives
        self.receiver = receiver
        self.done: Counter[str] = Counter()
        # Responses that must not happen.
        self.unexpected: list[str] = []
        # The durations in seconds of list pages since the last sample.
        self.pages: list[float] = []
        self.is_stopped = threading.Event()
        # The clients of this life of the simulator, which keep their tokens.
        self._clients: dict[str, Client] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(name, worker), daemon=True)
            for name, worker in WORKERS.items()
            for _ in range(worker.threads)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.is_stopped.set()
        for thread in self._threads:
            thread.join(30)

    def take_pages(self) -> list[float]:
        taken, self.pages = self.pages, []
        return taken

    def _run(self, name: str, worker: Worker) -> None:
        while not self.is_stopped.wait(random.uniform(0, 2 * worker.pause)):
            if not self.lives.is_up.wait(0.2):
                continue
            # A kill ends connections, and so do faults.
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                self._act(worker)
                self.done[name] += 1

    def _act(self, worker: Worker) -> None:
        try:
            worker.act(self)
        except RequestFailed as error:
            if error.response.status not in EXPECTED:
                self.unexpected.append(str(error))
        except (TypeError, KeyError) as error:
            self.unexpected.append(f"a body has another form: {error!r}")

    def client(self, client_id: str) -> Client:
        known = self._clients.get(client_id)
        if not known or known.url != self.lives.simulator.url:
            known = self._clients[client_id] = self.lives.client(client_id)
        return known

    def faulty(self, client: Client, method: str, path: str) -> None:
        """Sends a request that a fault may concern, so that any response will do."""
        with contextlib.suppress(RequestFailed):
            client.api(method, path)

    # Actions

    def keep_partners(self) -> None:
        """Creates partners and subscriptions that are missing, at first and after a reset."""
        control = self.lives.simulator.client
        existing = {partner["client_id"] for partner in control.control("GET", "/partners")["data"]}
        for client_id in (MEASURED, *OTHERS):
            if client_id not in existing:
                control.add_partner(client_id=client_id, client_secret=SECRET)
            client = self.client(client_id)
            with contextlib.suppress(RequestFailed, TypeError):
                active = client.subscriptions(is_active="true", limit=20)
                for number in range(len(active), SUBSCRIPTIONS):
                    client.subscribe(f"{self.receiver.url}/{client_id}", TOPICS[number % len(TOPICS)])

    def trigger(self) -> None:
        client_id = random.choice((MEASURED, *OTHERS))
        body = {"topic": random.choice(TOPICS), "client_id": client_id, "count": random.randint(1, 10)}
        self.lives.simulator.client.control("POST", "/events", body)

    def page(self) -> None:
        """Measures a list page; only those that are responded to with 200 count."""
        client = self.client(MEASURED)
        token = client.token
        query = random.choice(("", "&status=failed", "&status=pending", f"&topic={TOPICS[0]}", "&from_date=2020-01-01"))
        start = time.monotonic()
        found = client.send("GET", f"/webhooks/events?limit=20{query}", token=token)
        if found.status == 200:
            self.pages.append(time.monotonic() - start)
        elif found.status == 401:
            self._clients.pop(MEASURED, None)
        else:
            self.unexpected.append(f"the response to a list page is {found}")

    def walk(self) -> None:
        """Follows the cursors of another partner's list."""
        client, after = self.client(random.choice(OTHERS)), ""
        with contextlib.suppress(RequestFailed, TypeError):
            for _ in range(5):
                page = client.api("GET", f"/webhooks/events?limit=50&after={after}")
                after = page["end_cursor"]

    def retry(self) -> None:
        self.faulty(self.client(random.choice((MEASURED, *OTHERS))), "POST", "/webhooks/retry")

    def add_fault(self) -> None:
        client_id = random.choice(OTHERS)
        target, effects = random.choice((("delivery", DELIVERY_FAULTS), ("api", API_FAULTS)))
        rule = {"target": target, "match": {"client_id": client_id}, "effect": random.choice(effects)}
        control = self.lives.simulator.client
        control.control("POST", "/faults", {**rule, "probability": 0.3, "for": "10s"})
        if random.random() < 0.1:
            control.control("DELETE", "/faults")

    def expect(self) -> None:
        """Begins an expectation and leaves it after a while."""
        where = random.choice(({"topic": TOPICS[0]}, {"status": "failed"}, {"payload.data.invoice_id": "none"}))
        body = {"of": "events", "where": where, "count": 2**31 - 1, "timeout": "10m"}
        with self._connected() as client:
            self._write(client, "POST", "/__admin/expect", json.dumps(body))
            self.is_stopped.wait(random.uniform(0.05, 2))

    def follow(self) -> None:
        """Subscribes to the live feed for some seconds; some subscribers do not read."""
        with self._connected() as client:
            self._write(client, "GET", "/__admin/stream")
            reads, end = random.random() < 0.8, time.monotonic() + random.uniform(0.1, 5)
            while time.monotonic() < end and not self.is_stopped.is_set():
                if not reads:
                    self.is_stopped.wait(0.2)
                elif not client.recv(1 << 16):
                    return

    def read(self) -> None:
        found = self.lives.simulator.client.send("GET", random.choice(READS))
        # There is no recording if several partners did something.
        if found.status not in EXPECTED:
            self.unexpected.append(f"a response of the control API is {found}")

    def delete_subscription(self) -> None:
        client = self.client(random.choice(OTHERS))
        with contextlib.suppress(RequestFailed, TypeError):
            active = client.subscriptions(is_active="true")
            client.unsubscribe(random.choice(active)["id"] if active else "none")

    def reset_client(self) -> None:
        self.lives.simulator.client.control("POST", "/reset", {"client_id": random.choice(OTHERS)})

    def remove_partner(self) -> None:
        control = self.lives.simulator.client
        partners = [each for each in control.control("GET", "/partners")["data"] if each["client_id"] in OTHERS]
        if partners:
            control.control("DELETE", f"/partners/{random.choice(partners)['partner_id']}")

    def reset(self) -> None:
        self.lives.simulator.client.control("POST", "/reset")

    def _connected(self) -> socket.socket:
        parts = urlsplit(self.lives.simulator.url)
        return socket.create_connection((parts.hostname, parts.port), timeout=1)

    def _write(self, client: socket.socket, method: str, path: str, body: str = "") -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(self.lives.simulator.url).netloc}\r\n"
        fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        client.sendall(f"{head}{fields}\r\n{body}".encode())


WORKERS = {
    "checks of partners": Worker(Load.keep_partners, 0.5),
    "triggers": Worker(Load.trigger, 0.1),
    "pages": Worker(Load.page, 0.03),
    "walks": Worker(Load.walk, 0.5),
    "retries": Worker(Load.retry, 1),
    "faults": Worker(Load.add_fault, 2),
    "expectations": Worker(Load.expect, 0.2, threads=4),
    "subscribers": Worker(Load.follow, 0.5, threads=3),
    "reads": Worker(Load.read, 0.3),
    "deletions": Worker(Load.delete_subscription, 2),
    "resets of one client": Worker(Load.reset_client, 15),
    "removals": Worker(Load.remove_partner, 20),
    "resets": Worker(Load.reset, 60),
}
