"""Verifies a client by the simulator's own logs, not only by the client's output."""

from __future__ import annotations

from typing import Any

from ..client import Client

Row = dict[str, Any]

STEPS = ["token", "subscribe", "trigger", "receive", "list", "page", "retry", "burst", "delete"]
BURST = 200

# Each request must have been received at least once and got that status; a part of a query must be in the target as it
# was sent.
REQUESTS = [
    ("POST", "/oauth/token", 200, ""),
    ("POST", "/webhooks", 201, ""),
    ("GET", "/webhooks/events", 200, "from_date=*+01:00"),
    ("GET", "/webhooks/events", 200, "from_date=*%2B01"),
    ("GET", "/webhooks/events", 200, "to_date=*+01:00"),
    ("GET", "/webhooks/events", 200, "to_date=*%2B01"),
    ("GET", "/webhooks/events", 200, "after="),
    ("GET", "/webhooks/events", 200, "status=failed"),
    ("POST", "/webhooks/retry", 200, ""),
    ("DELETE", "/webhooks/", 200, ""),
    ("DELETE", "/webhooks/", 404, ""),
]


class Mismatch(Exception):
    """An error for something that a client or a receiver did not do."""


def expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise Mismatch(otherwise)


def verify_steps(output: str) -> None:
    """Throws `Mismatch` unless the client has reported each step as passed, in this order."""
    steps = [line.removeprefix("ok: ") for line in output.splitlines() if line.startswith("ok: ")]
    expect(steps == STEPS, f"the steps that held are {steps}, not {STEPS}")


def verify_requests(client: Client, client_id: str) -> None:
    rows = client.requests(client_id=client_id)
    for method, path, status, part in REQUESTS:
        found = [row for row in rows if (row["method"], row["status"]) == (method, status) and is_sent(row, path, part)]
        expect(found, f"the simulator saw no {method} {path} with {part!r} and the status {status}")


def is_sent(row: Row, path: str, part: str) -> bool:
    if not (row["path"] == path or (path.endswith("/") and row["path"].startswith(path))):
        return False
    name, _, end = part.partition("*")
    return any(pair.startswith(name) and end.lower() in pair.lower() for pair in (row["query"] or "").split("&"))


def verify_attempts(client: Client, client_id: str) -> None:
    """Throws `Mismatch` unless every event was delivered by its first attempt, except for the one that the receiver
    refused on purpose."""
    rows = client.attempts(client_id=client_id)
    failed = [row for row in rows if row["outcome"] != "delivered" and row["topic"] != "payout_failed"]
    reasons = sorted({f"{row['topic']}: {row['error'] or row['status_code']}" for row in failed})
    expect(not failed, f"{len(failed)} of {len(rows)} attempts failed: {'; '.join(reasons)}")
    burst = [row for row in rows if row["topic"] == "customer_updated"]
    expect(len(burst) == len({row["event_id"] for row in burst}) == BURST, f"{len(burst)} attempts for {BURST} events")
    expect(all(row["attempt"] == 1 for row in burst), "an event of the burst took more than one attempt")
    retried = [(row["outcome"], row["status_code"]) for row in rows if row["topic"] == "payout_failed"]
    expect(retried == [("failed", 500), ("delivered", 200)], f"the attempts of the retried event are {retried}")


def verify(client: Client, client_id: str, output: str) -> None:
    """Throws `Mismatch` unless the client has done all steps, by its own output and by the simulator's logs."""
    verify_steps(output)
    verify_requests(client, client_id)
    verify_attempts(client, client_id)
