"""The simulators that are measured, and the requests that are sent to them over and over."""

from __future__ import annotations

import json
from pathlib import Path

from ..client import TOPIC
from ..process import wait_until
from ..simulator import Simulator
from .load import Load

# A topic without events, so that a filter by it matches nothing.
OTHER_TOPIC = "payout_failed"
JSON_TYPE = ("Content-Type", "application/json")

# A fault that marks deliveries as delivered without sending them, but stores their attempts.
LOSE = json.dumps({"target": "delivery", "effect": {"lose": True}})


class MeasuredSimulator(Simulator):
    """A simulator with the loads that measure it."""

    def __init__(self, binary: str, folder: Path, name: str, *options: str, on_file: bool = True) -> None:
        store = folder / f"{name}.store" if on_file else None
        super().__init__(*options, binary=binary, store=store, folder=folder)

    @property
    def authorization(self) -> tuple[str, str]:
        return ("Authorization", f"Bearer {self.client.token}")

    def wait_until_idle(self, seconds: float) -> None:
        """Waits until no event is pending. It polls with a page of one event, which costs the server little."""
        wait_until(
            lambda: not self.client.events(status="pending", limit=1), seconds, "all deliveries have ended", pause=0.1
        )

    def health(self) -> Load:
        return Load(self.url + "/__admin/health")

    def page(self, query: str = "") -> Load:
        """Returns the load for a page of 20 events, with a check of its bearer token."""
        return Load(f"{self.url}/webhooks/events?limit=20{query}", headers=(self.authorization,))

    def triggering(self, connections: int) -> Load:
        return Load(self.url + "/__admin/events", "POST", trigger_body(), (JSON_TYPE,), connections=connections)

    def parsing(self, connections: int) -> Load:
        """Returns the load for a POST whose body is parsed and checked as that of a trigger, and whose response needs
        no store.

        The request log is in memory and nearly empty here, and the expectation is met at once.
        """
        body = json.dumps({"of": "requests", "at_least": 0})
        return Load(self.url + "/__admin/expect", "POST", body, (JSON_TYPE,), connections=connections)


def trigger_body() -> str:
    return json.dumps({"topic": TOPIC})
