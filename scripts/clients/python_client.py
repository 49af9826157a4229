#!/usr/bin/env python3
"""Python: requests as a client of the API, with the receiver at RECEIVER_URL, one of those in frameworks/."""

import datetime
import json
import os
import sys
import time

import requests

URL = os.environ["HOOKSIM_URL"]
CLIENT_ID = os.environ["HOOKSIM_CLIENT_ID"]
RECEIVER_URL = os.environ["RECEIVER_URL"]
SECRET = os.environ.get("WEBHOOK_SECRET", "python-s3cret-4242")
WAIT_SECONDS = 60
TIMEOUT_SECONDS = 60

api = requests.Session()


def expect(held, otherwise):
    if not held:
        sys.exit(otherwise)


def ok(step):
    print("ok:", step, flush=True)


def wait_for(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        expect(time.monotonic() < deadline, f"waited in vain for {what}")
        time.sleep(0.1)


def send(status, method, path, **options):
    response = api.request(method, URL + path, timeout=TIMEOUT_SECONDS, **options)
    expect(response.status_code == status, f"{method} {response.url}: {response.status_code} {response.text}")
    return response.json()


def fetch_token(status, secret):
    form = {"grant_type": "client_credentials", "scope": "webhooks:read webhooks:write"}
    return send(status, "POST", "/oauth/token", data=form, auth=(CLIENT_ID, secret))


def subscribe(topic):
    body = {"endpoint_url": f"{RECEIVER_URL}/hooks", "topic": topic, "secret_key": SECRET}
    return send(201, "POST", "/webhooks", json=body)


def trigger(topic, count=1):
    return send(201, "POST", "/__admin/events", json={"topic": topic, "client_id": CLIENT_ID, "count": count})["data"]


def list_events(is_encoded=True, **query):
    """The query is written by requests, which encodes a plus sign, or as it is, where a plus sign stays one."""
    if is_encoded:
        return send(200, "GET", "/webhooks/events", params=query)
    return send(200, "GET", "/webhooks/events?" + "&".join(f"{name}={value}" for name, value in query.items()))


def ids(events):
    return sorted(event["id"] for event in events)


def deliveries(events, status=200):
    """The deliveries of these events to which the receiver responded with that status."""
    received = requests.get(f"{RECEIVER_URL}/deliveries", timeout=TIMEOUT_SECONDS).json()
    keys = set(ids(events))
    return [delivery for delivery in received if delivery["key"] in keys and delivery["status"] == status]


def walk(is_encoded, count):
    walked, page = [], list_events(is_encoded, limit=3)
    while True:
        walked += page["data"]
        if not page["has_next_page"] or len(walked) > count:
            return walked
        page = list_events(is_encoded, limit=3, after=page["end_cursor"])


def check_token():
    expect(fetch_token(403, "wrong")["error"] == "invalid_client", "a wrong secret is not invalid_client")
    token = fetch_token(200, os.environ["HOOKSIM_CLIENT_SECRET"])
    expect(len(token["access_token"]) == 56 and token["token_type"] == "bearer", f"the token is {token}")
    api.headers["Authorization"] = f"Bearer {token['access_token']}"
    ok("token")


def check_delivery(event):
    wait_for("the delivery", lambda: deliveries([event]))
    body = json.loads(deliveries([event])[0]["body"])
    expect(body["topic"] == "invoice_paid", f"the topic of the delivery is {body['topic']}")
    expect(body["entity_id"] == event["entity_id"] == body["data"]["invoice_id"], f"the delivery is {body}")
    created, timestamp = (datetime.datetime.fromisoformat(text) for text in (event["created_at"], body["timestamp"]))
    expect(created == timestamp, f"the timestamp is {timestamp}, but the event was created at {created}")
    ok("receive")


def check_lists(event):
    # from_date is inclusive and to_date is not: an offset that were ignored, or a plus sign that were lost, would turn this around.
    zone = datetime.timezone(datetime.timedelta(hours=1))
    date = datetime.datetime.fromisoformat(event["created_at"]).astimezone(zone).isoformat(timespec="milliseconds")
    for is_encoded in (True, False):
        listed = list_events(is_encoded, topic="invoice_paid", from_date=date)["data"]
        expect(ids(listed) == [event["id"]], f"from_date={date} lists {listed}")
        listed = list_events(is_encoded, topic="invoice_paid", to_date=date)["data"]
        expect(listed == [], f"to_date={date} lists {listed}")
    ok("list")
    events = [event, *trigger("invoice_paid", count=6)]
    for is_encoded in (True, False):
        walked = walk(is_encoded, len(events))
        expect(ids(walked) == ids(events), f"pages of 3 over {len(events)} events have {len(walked)}")
    ok("page")


def check_retry():
    subscribe("payout_failed")
    refused = trigger("payout_failed")
    wait_for("the event to fail", lambda: ids(list_events(status="failed")["data"]) == ids(refused))
    message = send(200, "POST", "/webhooks/retry")["message"]
    expect(isinstance(message, str), f"the message is {message}")
    wait_for(
        "the retried event", lambda: ids(list_events(topic="payout_failed", status="delivered")["data"]) == ids(refused)
    )
    bodies = [delivery["body"] for status in (500, 200) for delivery in deliveries(refused, status)]
    expect(len(bodies) == 2 and bodies[0] == bodies[1], f"the attempts are {bodies}")
    ok("retry")


def check_burst():
    subscribe("customer_updated")
    burst = trigger("customer_updated", count=200)
    wait_for("200 deliveries", lambda: {delivery["key"] for delivery in deliveries(burst)} == set(ids(burst)))
    wait_for("no pending event", lambda: not list_events(status="pending")["data"])
    ok("burst")


def check_deletion(subscription):
    path = f"/webhooks/{subscription['id']}"
    deleted = send(200, "DELETE", path)
    expect(deleted["id"] == subscription["id"] and not deleted["is_active"], f"the deleted subscription is {deleted}")
    expect(send(404, "DELETE", path)["code"] == "not_found", "deleting once more is not not_found")
    expect(trigger("invoice_paid") == [], "a deleted subscription still gets events")
    ok("delete")


def main():
    check_token()
    subscription = subscribe("invoice_paid")
    expect(subscription["is_active"] and subscription["secret_last_4_digits"] == "4242", f"created {subscription}")
    ok("subscribe")
    events = trigger("invoice_paid")
    expect(len(events) == 1, f"one subscription, but the events are {events}")
    ok("trigger")
    check_delivery(events[0])
    check_lists(events[0])
    check_retry()
    check_burst()
    check_deletion(subscription)


main()
