"""A hooksim of a measurement's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit

from .http_client import HTTP
from .load import Call
from .processes import Background, wait_until

TOPIC = "invoice_paid"
# Has no events, so that a filter by it matches nothing.
OTHER_TOPIC = "payout_failed"
JSON_TYPE = ("Content-Type", "application/json")

# Marks deliveries as delivered without sending them, bookkeeping included.
LOSE = json.dumps({"target": "delivery", "effect": {"lose": True}})


def environment() -> dict[str, str]:
    """What the reader's environment says of another simulator is not meant for this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HOOKSIM_")}


class Simulator(Background):
    """`hooksim serve` on a free port."""

    def __init__(self, binary: str, folder: Path, name: str, *options: str, on_file: bool = True) -> None:
        if on_file:
            options += ("--store", str(folder / f"{name}.store"))
        command = [binary, "serve", "--port", "0", *options]
        super().__init__(command, folder / f"{name}.log", environment())
        ready = self.first_line()
        self.url: str = ready["url"]
        self.port: int = urlsplit(self.url).port
        self._http = HTTP(self.url)
        self._credentials = {name: ready[name] for name in ("client_id", "client_secret")}
        self._bearer: str | None = None

    @property
    def authorization(self) -> tuple[str, str]:
        if self._bearer is None:
            body = {"grant_type": "client_credentials", **self._credentials}
            self._bearer = "Bearer " + self._http.call("POST", "/oauth/token", body)["access_token"]
        return ("Authorization", self._bearer)

    def api(self, method: str, path: str, body: object = None):
        """A call of the simulated API."""
        return self._http.call(method, path, body, dict([self.authorization]))

    def control(self, method: str, path: str, body: object = None):
        """A call of the control API."""
        return self._http.call(method, "/__admin" + path, body)

    def subscribe(self, endpoint_url: str) -> str:
        return self.api("POST", "/webhooks", {"endpoint_url": endpoint_url, "topic": TOPIC})["id"]

    def unsubscribe(self, subscription: str) -> None:
        self.api("DELETE", f"/webhooks/{subscription}")

    def trigger(self, count: int) -> None:
        """Makes that many events, in calls as large as the control API takes them."""
        largest = 10_000
        for start in range(0, count, largest):
            self.control("POST", "/events", {"topic": TOPIC, "count": min(largest, count - start)})

    def wait_until_settled(self, seconds: float) -> None:
        """Asks for one pending event now and then, which costs the server next to nothing."""
        path = "/webhooks/events?status=pending&limit=1"
        wait_until(lambda: not self.api("GET", path)["data"], seconds, "deliveries have settled", pause=0.1)

    def health(self) -> Call:
        return Call(self.url + "/__admin/health")

    def page(self, query: str = "") -> Call:
        """A page of 20 events, its bearer token checked."""
        return Call(f"{self.url}/webhooks/events?limit=20{query}", headers=(self.authorization,))

    def triggering(self, connections: int) -> Call:
        return Call(
            self.url + "/__admin/events", "POST", trigger_body(), (JSON_TYPE,), connections=connections
        )

    def parsing(self, connections: int) -> Call:
        """A POST whose body is parsed and checked as a trigger's is, and answered without a look at the store.

        The journal of requests is in memory and next to empty here, and the expectation holds at once.
        """
        body = json.dumps({"of": "requests", "at_least": 0})
        return Call(self.url + "/__admin/expect", "POST", body, (JSON_TYPE,), connections=connections)


def trigger_body() -> str:
    return json.dumps({"topic": TOPIC})
