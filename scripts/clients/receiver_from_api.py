#!/usr/bin/env python3
"""A receiver written from the API's description of a delivery alone: all 18 topics must arrive, and be as described.

It responds 401 to a wrong bearer, 400 to what is not a delivery or has no idempotency_key, 500 to the first attempt of each event, and
200 from then on, also to what it has accepted before.
"""

import collections
import hmac
import json
import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hooksim_admin import TIMEOUT_SECONDS, TOKEN_URL, WEBHOOKS_URL, admin, expect, run_checks, settings, wait_for

SECRET = "ledger-7781-4242"
KEYS_KEPT = 10_000

# A topic is an object and what happened to it; data has the object's id under its own name.
TOPICS = {
    "payout": ["paid", "failed", "processing", "scheduled"],
    "customer": ["created", "updated", "archived"],
    "payment": ["succeeded", "chargeback", "refunded", "failed"],
    "invoice": ["paid", "archived", "created", "updated"],
    "payment_method": ["added", "deleted"],
    "default_payment_method": ["changed"],
}
OBJECTS = {
    f"{name}_{happened}": name.removeprefix("default_") for name, changes in TOPICS.items() for happened in changes
}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RFC_3339 = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d(\.\d+)?(Z|[+-][0-2]\d:[0-5]\d)")
DATE = re.compile(r"\d{4}-[01]\d-[0-3]\d")


def text(value):
    return isinstance(value, str)


def time(value):
    return text(value) and RFC_3339.fullmatch(value)


def date(value):
    return text(value) and DATE.fullmatch(value)


def amount(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def boolean(value):
    return isinstance(value, bool)


def one_of(*values):
    return lambda value: value in values


def list_of(**fields):
    return lambda value: (
        isinstance(value, list)
        and all(
            isinstance(item, dict) and all(is_valid(item[name]) for name, is_valid in fields.items() if name in item)
            for item in value
        )
    )


def fields(names, **others):
    return {**dict.fromkeys(names.split(), text), **others}


FEES = list_of(
    amount=amount,
    covered_by_customer=boolean,
    name=text,
    type=one_of("FT_LATE_PAYMENT", "FT_PRODUCT", "FT_METHOD", "FT_INTEREST"),
)
PAYOUT_STATUS = one_of(
    *[
        "unspecified",
        "creating",
        "processing",
        "analyzing",
        "succeeded",
        "scheduled",
        "approved",
        "canceled",
        "pending",
        "failed",
    ]
)
# The fields of each object. Every one is optional, and there may be others.
FIELDS = {
    "customer": fields(
        "id name legal_name email external_id customer_integration_id default_payment_method_id ein street_address sub_premise city state"
        " postal_code country",
        created_at=time,
    ),
    "invoice": fields(
        "id customer_id invoice_number currency status memo",
        due_date=date,
        created_at=time,
        last_notification_at=time,
        line_items=list_of(amount=amount, description=text, quantity=amount),
        sub_total=amount,
        total=amount,
    ),
    "payment": fields(
        "id customer_id payment_method status",
        due_date=date,
        created_at=time,
        fees=FEES,
        sub_total=amount,
        total=amount,
    ),
    "payout": fields(
        "id customer_id",
        status=PAYOUT_STATUS,
        arrival_date=text,
        created_at=time,
        fees=lambda _: True,
        sub_total=amount,
        total=amount,
    ),
    "payment_method": fields("id customer_id last_4", type=one_of("card", "ach"), created_at=time),
}


def problems_of(headers, delivery):
    """Everything that is not as described."""
    topic, data = delivery.get("topic"), delivery.get("data")
    name = OBJECTS.get(topic)
    if not name or not isinstance(data, dict):
        return [f"topic is {topic!r} and data is {data!r}"]
    key, entity = delivery["idempotency_key"], delivery.get("entity_id")
    checks = {
        "Content-Type": headers["Content-Type"] == "application/json",
        "User-Agent": headers["User-Agent"].startswith("hooksim/"),
        "X-Webhook-Id": headers["X-Webhook-Id"] == key,
        "X-Webhook-Attempt": headers["X-Webhook-Attempt"].isdecimal(),
        "idempotency_key": text(key) and UUID.fullmatch(key),
        "entity_id": text(entity) and entity,
        "timestamp": time(delivery.get("timestamp")),
        # What this simulator adds to the description.
        "id": delivery.get("id") == key,
        "created_at": delivery.get("created_at") == delivery.get("timestamp"),
        "partner_id": UUID.fullmatch(delivery.get("partner_id", "")),
        f"data.{name}_id": data.get(f"{name}_id") == entity,
        "data.invoice_id": name not in ("invoice", "payment") or text(data.get("invoice_id")),
    }
    checks |= {f"data.{field}": is_valid(data[field]) for field, is_valid in FIELDS[name].items() if field in data}
    checks["data has fields of its object"] = len(FIELDS[name].keys() & data.keys()) > 2
    return [f"{topic}: {what} is not as described" for what, is_held in checks.items() if not is_held]


class Inbox:
    def __init__(self):
        self.lock = threading.Lock()
        self.accepted = collections.OrderedDict()
        self.attempts = collections.defaultdict(list)
        self.duplicates = 0
        self.problems = []

    def receive(self, headers, body):
        """Returns the status."""
        if not hmac.compare_digest(headers.get("Authorization", ""), f"Bearer {SECRET}"):
            return 401
        try:
            delivery = json.loads(body)
            key = delivery["idempotency_key"]
        except (ValueError, KeyError, TypeError):
            return 400
        with self.lock:
            self.attempts[key].append(body)
            self.problems += problems_of(headers, delivery)
            if key in self.accepted:
                self.duplicates += 1
                return 200
            if len(self.attempts[key]) == 1:
                return 500
            self.accepted[key] = delivery
            if len(self.accepted) > KEYS_KEPT:
                self.accepted.popitem(last=False)
            return 200


def start(inbox):
    """Returns the URL of a server that receives for the inbox."""

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.send_response(inbox.receive(self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/hooks"


def post(url, body, **headers):
    """Returns the status and the body of the response."""
    request = urllib.request.Request(url, body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def subscribe(partner, endpoint, topics, secret=SECRET):
    form = "&".join(f"{name}={partner[name]}" for name in ("client_id", "client_secret"))
    code, body = post(TOKEN_URL, f"grant_type=client_credentials&{form}".encode())
    expect(code == 200, f"the token request: {code} {body}")
    authorization = f"Bearer {json.loads(body)['access_token']}"
    for topic in topics:
        subscription = json.dumps({"endpoint_url": endpoint, "topic": topic, "secret_key": secret}).encode()
        code, body = post(
            WEBHOOKS_URL, subscription, Authorization=authorization, **{"Content-Type": "application/json"}
        )
        expect(code == 201, f"POST /webhooks of {topic}: {code} {body}")


def trigger(partner, topic):
    return admin("POST", "/events", {"topic": topic, "client_id": partner["client_id"]})["data"]


def status(event):
    return admin("GET", f"/events/{event['id']}")["status"]


def all_topics_are_received(partner):
    """a receiver written from docs/api.md: accepts all 18 topics, each on its second attempt, with the same bytes"""
    inbox = Inbox()
    endpoint = start(inbox)
    subscribe(partner, endpoint, OBJECTS)
    with settings(retry_schedule=["0s", "100ms"]):
        events = [event for topic in OBJECTS for event in trigger(partner, topic)]
        wait_for("all events to be accepted", lambda: all(event["id"] in inbox.accepted for event in events))
        wait_for("all events to be delivered", lambda: {status(event) for event in events} == {"delivered"})
    expect(len(OBJECTS) == len(events) == 18, f"{len(events)} events of {len(OBJECTS)} topics")
    expect({delivery["topic"] for delivery in inbox.accepted.values()} == set(OBJECTS), "a topic is missing")
    for event in events:
        bodies = inbox.attempts[event["id"]]
        expect(len(bodies) == 2 and bodies[0] == bodies[1], f"the attempts of {event['topic']} are {bodies}")
        timestamp = inbox.accepted[event["id"]]["timestamp"]
        expect(timestamp == event["created_at"], f"{event['topic']}: the timestamp is {timestamp}, the event {event}")
    admin("POST", f"/events/{events[0]['id']}/resend", {})
    wait_for("the duplicate", lambda: inbox.duplicates == 1)
    expect(len(inbox.accepted) == 18, "the duplicate was accepted as another event")
    expect(not inbox.problems, "; ".join(sorted(set(inbox.problems))))


def refusals_are_seen(partner):
    """a receiver written from docs/api.md: its 401 and its 400 are what the simulator sees"""
    inbox = Inbox()
    endpoint = start(inbox)
    subscribe(partner, endpoint, ["invoice_paid"], secret="another-secret")
    [event] = trigger(partner, "invoice_paid")
    wait_for("the event to fail", lambda: status(event) == "failed")
    expect(admin("GET", f"/events/{event['id']}")["last_status_code"] == 401, "a wrong secret is not a 401")
    refused, _ = post(endpoint, b'{"topic": "invoice_paid", "data": {}}', Authorization=f"Bearer {SECRET}")
    expect(refused == 400, f"a delivery without idempotency_key: {refused}")


run_checks(all_topics_are_received, refusals_are_seen)
