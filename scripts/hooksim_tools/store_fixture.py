"""Writes fixtures/stores/version-N.store, with rows in each table, and version-N.json, the API's responses about
them."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from .client import Client
from .process import end_in_order
from .project import ROOT, program
from .receiver import Delivery, Receiver, response
from .simulator import Simulator

FOLDER = ROOT / "fixtures" / "stores"
CLOCK = "2026-01-05T09:00:00.000Z"
STATUSES = {"/good": 200, "/bad": 503, "/gone": 410}


def respond(delivery: Delivery, _: object) -> bytes:
    """Responds 200 at /good, 503 at /bad and 410 at /gone."""
    headers = [("Content-Type", "text/plain"), ("X-Receiver", "a fixture")]
    return response(STATUSES[delivery.path], b"seen", headers)


def advance(client: Client, by: str) -> None:
    client.control("POST", "/clock/advance", {"by": by})


def fill(client: Client, receiver: str) -> dict[str, str]:
    """Adds rows to each table, and returns the token of each client."""
    partner = {"client_id": "second", "client_secret": "second-secret"}
    client.add_partner(**partner, scopes=["webhooks:read"])
    tokens = {
        "sandbox": client.token,
        "second": Client(client.url, partner["client_id"], partner["client_secret"]).token,
    }
    client.subscribe(f"{receiver}/good", "invoice_paid", "s3cr3t-4242")
    client.subscribe(f"{receiver}/bad", "payout_failed")
    client.subscribe(f"{receiver}/gone", "payment_failed")
    client.unsubscribe(client.subscribe(f"{receiver}/good", "customer_created"))
    client.trigger("invoice_paid", count=2)
    client.trigger("invoice_paid", entity_id="né-\u2028-🎈", data={"text": '" \\ \u0001', "number": 1.5, "none": None})
    # Both events fail; 410 also ends the subscription.
    client.trigger("payout_failed", entity_id="failed")
    client.trigger("payment_failed", entity_id="gone")
    advance(client, "1h")
    # This event has failed once, and waits for its second attempt.
    client.trigger("payout_failed", entity_id="pending")
    advance(client, "1s")
    return tokens


def inventory(client: Client, tokens: dict[str, str]) -> dict[str, object]:
    events = client.control("GET", "/events?limit=100")["data"]
    return {
        "clock": client.control("GET", "/clock")["now"],
        "tokens": tokens,
        "partners": client.control("GET", "/partners")["data"],
        "subscriptions": client.subscriptions(limit=100),
        "events": events,
        "inspections": [client.control("GET", f"/events/{event['id']}") for event in events],
        "attempts": client.attempts(),
    }


def main() -> None:
    end_in_order()
    binary = sys.argv[1] if len(sys.argv) > 1 else program("debug", "release")
    options = f"--seed 6 --clock frozen@{CLOCK} --retry-schedule 0s,5m,30m --retry-jitter 0 --token-ttl 24h".split()
    with tempfile.TemporaryDirectory() as folder, Receiver(respond) as receiver:
        with Simulator(*options, binary=binary, store=Path(folder) / "store") as simulator:
            found = inventory(simulator.client, fill(simulator.client, receiver.url))
            copy = simulator.client.send("GET", "/__admin/backup").body
    # The offset of SQLite's user_version.
    target = FOLDER / f"version-{int.from_bytes(copy[60:64], 'big')}.store"
    if target.exists():
        sys.exit(f"{target} is there already; a released version's store stays as it is")
    target.write_bytes(copy)
    target.with_suffix(".json").write_text(json.dumps(found, indent=2, ensure_ascii=True) + "\n")
    print(f"wrote {target}, {len(copy)} bytes")
