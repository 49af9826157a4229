"""Corrects generated requests where JSON Schema can't express the rules.

A valid request stays valid: a cursor is one that a list returned, `from_date` is not after `to_date`, a URL has a host
that can exist. A request that is meant to be invalid is changed if it is valid (`break_fault`), or if the simulator
accepts it all the same (`break_leniencies`).
"""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from schemathesis.transport.requests import prepare_query

from .session import CLIENT, CLIENT_ID, CLIENT_SECRET, api, control, subscribe, subscribed
from .values import FAULT_PATHS

Case = Any


def seconds(duration: str) -> float:
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h|d)", duration))


def instant(text: str) -> float:
    parsed = datetime.fromisoformat(
        re.sub(r"\.([0-9]{1,6})", lambda m: "." + m[1].ljust(6, "0"), text.replace("Z", "+00:00"))
    )
    naive = parsed.replace(tzinfo=None)
    offset = parsed.utcoffset() or timedelta()
    # The value is not a datetime, since the first day of the year 1 minus an offset is not one.
    return (naive - datetime.min).total_seconds() - offset.total_seconds()


def is_safe_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if re.search(r"%(?![0-9A-Fa-f]{2})", url) or "@" in parts.netloc or parts.netloc.endswith(":") or port == 0:
        return False
    host = (parts.hostname or "").lower()
    is_local = host in ("127.0.0.1", "localhost", "::1")
    return is_local if parts.scheme == "http" else is_local or bool(re.fullmatch(r"([a-z-]*[a-z]\.)+invalid", host))


def live_cursor(path: str) -> str | None:
    """Returns a cursor of the list. Adds rows first if the list has none."""
    for _ in range(2):
        page = api("GET", f"{path}?limit={random.randint(1, 5)}")
        if page and page["data"]:
            return str(random.choice([page["start_cursor"], page["end_cursor"]]))
        subscribe("invoice_paid")
        control("POST", "/events", {"topic": "invoice_paid", "client_id": CLIENT_ID})
    return None


def with_live_cursors(case: Case, path: str | None = None) -> None:
    cursors = [name for name in ("after", "before") if name in case.query]
    if len(cursors) == 2:
        del case.query[cursors.pop(random.randrange(2))]
    for name in cursors:
        cursor = live_cursor(path or case.path)
        if cursor:
            case.query[name] = cursor
        else:
            del case.query[name]


def list_events(case: Case) -> None:
    with_live_cursors(case, "/webhooks/events")
    start, end = case.query.get("from_date"), case.query.get("to_date")
    if isinstance(start, str) and isinstance(end, str) and instant(start) > instant(end):
        case.query["from_date"], case.query["to_date"] = end, start


def list_all_events(case: Case) -> None:
    # A cursor belongs to one partner, so another client's list is requested without a cursor.
    if "client_id" in case.query and {"after", "before"} & case.query.keys():
        case.query["client_id"] = CLIENT_ID
    list_events(case)


def create_token(case: Case) -> None:
    # With random credentials every response would be 403. Half of the requests have the credentials in the body, the
    # others in the header.
    if isinstance(case.body, dict) and {"client_id", "client_secret"} & case.body.keys():
        case.body.update(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        case.headers.pop("Authorization", None)


def create_subscription(case: Case) -> None:
    url = case.body["endpoint_url"]
    if not is_safe_url(url):
        case.body["endpoint_url"] = "https://receiver.invalid/".ljust(len(url), "a")


def update_settings(case: Case) -> None:
    for name, longest in (("delivery_timeout", "1h"), ("token_ttl", "365d")):
        value = case.body.get(name)
        if value is not None and not 0.001 <= seconds(value) <= seconds(longest):
            case.body[name] = longest
    if "retry_schedule" in case.body:
        case.body["retry_schedule"] = [
            d if seconds(d) <= seconds("365d") else "365d" for d in case.body["retry_schedule"]
        ]


def trigger_event(case: Case) -> None:
    # An event of a topic without a subscription has no row, and every later request of it would be a 404.
    if case.body["topic"] not in subscribed:
        subscribe(case.body["topic"])
    # A path through a text, or to an index outside of an array, is refused, so each path goes through an object of its
    # own.
    if "set" in case.body:
        case.body["set"] = {
            f"fuzz{index}.{path}": value for index, (path, value) in enumerate(case.body["set"].items())
        }


def add_fault(case: Case) -> None:
    # Two conditions may exclude each other, so a valid rule has at most one of them.
    match = case.body.get("match") or {}
    for name in [name for name in ("operation", "path", "method") if name in match][1:]:
        del match[name]
    paths = FAULT_PATHS.get(case.body.get("target"), [])
    if "path" in match and match["path"] not in paths:
        match["path"] = paths[0]
    delay = case.body.get("effect", {}).get("delay")
    if isinstance(delay, dict) and "uniform" in delay:
        ends = sorted(delay["uniform"].values(), key=seconds)
        delay["uniform"] = {"min": ends[0], "max": ends[1]}


def advance_clock(case: Case) -> None:
    # Only a frozen clock can be advanced, and only forward.
    control("PUT", "/clock", {"mode": "frozen", "now": "2020-01-01T00:00:00Z"})


def run_scenario(case: Case) -> None:
    case.body = {
        "name": "fuzz",
        "receivers": {"shop": {}},
        "steps": [
            {"subscribe": {"topic": "invoice_paid", "to": "shop"}},
            {"trigger": {"topic": "invoice_paid"}},
            {"expect": {"of": "events", "where": {"status": "delivered"}, "count": 1}},
        ],
    }


MADE_VALID = {
    "addFault": add_fault,
    "advanceClock": advance_clock,
    "runScenario": run_scenario,
    "createToken": create_token,
    "listSubscriptions": with_live_cursors,
    "createSubscription": create_subscription,
    "listEvents": list_events,
    "listAllEvents": list_all_events,
    "triggerEvent": trigger_event,
    "updateSettings": update_settings,
}


def break_fault(case: Case) -> None:
    # Schemathesis sometimes uses null to violate the format of a member of an object, and does not know that null is
    # valid there.
    if isinstance(case.body, dict) and "match" in case.body and case.body["match"] is None:
        case.body["match"] = {"path": "no path"}


MADE_INVALID = {"addFault": break_fault}


# The simulator accepts some values that the document, which is strict, does not allow: values as common serializers
# write them. This is the complete list. In a request that is meant to be invalid, such a value is replaced by one that
# is refused.

BOOLEANS = ("true", "false", "1", "0")


def is_lenient(name: str, text: str) -> bool:
    """Returns whether a query parameter counts as absent because it is empty, or is a boolean in another spelling."""
    return text == "" or (name == "is_active" and text.lower() in BOOLEANS)


def break_leniencies(case: Case) -> None:
    # The query is read from the URL as it is sent, in which arrays and objects have become texts.
    sent = requests.Request("GET", CLIENT.url, params=prepare_query(case)).prepare().url
    for name, text in parse_qsl(urlsplit(sent).query, keep_blank_values=True):
        if name in case.query and is_lenient(name, text):
            case.query[name] = "no such value"
    is_subscription = case.operation.definition.raw["operationId"] == "createSubscription"
    # A secret that is null or empty counts as absent, too.
    if is_subscription and isinstance(case.body, dict) and case.body.get("secret_key", "given") in (None, ""):
        case.body["secret_key"] = 7
