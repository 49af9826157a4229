"""Writes the requests and reads the responses and deliveries of the simulated API with the models of datamodel-code-generator."""

import os
import sys
from pathlib import Path

import generated
import httpx

VERSION = sys.argv[1]
http = httpx.Client(base_url=os.environ["HOOKSIM_URL"], timeout=30)


def done(response, status, model):
    assert response.status_code == status, response.text
    return model.model_validate_json(response.text)


def json_of(model):
    return model.model_dump(mode="json", exclude_none=True)


def admin(path, body):
    response = http.post(f"/__admin{path}", json=body)
    assert response.is_success, response.text
    return response.json()


def subscribe(topic, path):
    url = f"{os.environ['RECEIVER_URL']}/datamodel/{VERSION}/{path}"
    request = generated.SubscriptionRequest(endpoint_url=url, topic=topic, secret_key="s3cr3t-4242")
    return done(http.post("/webhooks", json=json_of(request)), 201, generated.Subscription)


def expect(topic, status, count):
    where = {"client_id": partner["client_id"], "topic": topic, "status": status}
    assert admin("/expect", {"of": "events", "where": where, "count": count, "timeout_ms": 30_000})["met"]


def read_delivery(path):
    body = (Path(os.environ["DELIVERIES"]) / f"datamodel-{VERSION}-{path}.json").read_text()
    return generated.Delivery.model_validate_json(body).root


partner = admin("/partners", {})
request = generated.TokenRequest(grant_type="client_credentials", scope="webhooks:read webhooks:write")
credentials = (partner["client_id"], partner["client_secret"])
token = done(http.post("/oauth/token", data=json_of(request), auth=credentials), 200, generated.Token)
http.headers["Authorization"] = f"Bearer {token.access_token}"

subscription = subscribe(generated.Topic.invoice_paid, "accepting")
assert subscription.is_active and subscription.secret_last_4_digits == "4242"
subscribe(generated.Topic.payout_paid, "refusing")
assert len(done(http.get("/webhooks", params={"is_active": "true"}), 200, generated.SubscriptionPage).data) == 2

admin(
    "/events", {"topic": "invoice_paid", "client_id": partner["client_id"], "count": 3, "set": {"memo": "from Python"}}
)
admin("/events", {"topic": "payout_paid", "client_id": partner["client_id"]})
expect("invoice_paid", "delivered", 3)
expect("payout_paid", "failed", 1)

first = done(http.get("/webhooks/events", params={"topic": "invoice_paid", "limit": 2}), 200, generated.EventPage)
assert len(first.data) == 2 and first.has_next_page
cursor = first.end_cursor.root if hasattr(first.end_cursor, "root") else first.end_cursor
second = done(http.get("/webhooks/events", params={"topic": "invoice_paid", "after": cursor}), 200, generated.EventPage)
assert len(second.data) == 1 and not second.has_next_page and second.has_previous_page
failed = done(http.get("/webhooks/events", params={"status": "failed"}), 200, generated.EventPage).data[0]
assert failed.last_status_code == 500 and failed.delivered_at is None
assert "1" in done(http.post("/webhooks/retry"), 200, generated.Message).message
expect("payout_paid", "delivered", 1)

path = f"/webhooks/{json_of(subscription)['id']}"
assert not done(http.delete(path), 200, generated.Subscription).is_active
assert done(http.delete(path), 404, generated.HttpError).code == "not_found"

invoice, payout = read_delivery("accepting"), read_delivery("refusing")
assert isinstance(invoice, generated.InvoicePaidDelivery) and invoice.data.memo == "from Python"
assert isinstance(payout, generated.PayoutPaidDelivery) and payout.data.status.value == "succeeded"
assert json_of(invoice)["idempotency_key"] == json_of(invoice)["id"]
http.delete(f"/__admin/partners/{partner['partner_id']}").raise_for_status()
