"""Uses every kind of request of both APIs by the client of openapi-python-client, and reads a delivery with its models."""

import base64
import json
import os
from datetime import datetime
from pathlib import Path

from generated import AuthenticatedClient, Client, models
from generated.api.control import (
    add_fault,
    advance_clock,
    create_partner,
    delete_partner,
    expect,
    get_event,
    get_health,
    get_settings,
    list_attempts,
    remove_fault,
    trigger_event,
)
from generated.api.oauth import create_token
from generated.api.webhooks import (
    create_subscription,
    delete_subscription,
    list_events,
    list_subscriptions,
    retry_failed_events,
)

URL, RECEIVER = os.environ["HOOKSIM_URL"], os.environ["RECEIVER_URL"]
Topic, EventStatus = models.Topic, models.EventStatus
admin = Client(URL)


def done(code, operation, **arguments):
    """The parsed response, which has to have that status."""
    response = operation.sync_detailed(**arguments)
    assert response.status_code == code, response.content
    assert response.parsed is not None
    return response.parsed


def webhooks_of(partner):
    credentials = base64.b64encode(f"{partner.client_id}:{partner.client_secret}".encode()).decode()
    basic = AuthenticatedClient(URL, credentials, prefix="Basic")
    body = models.TokenRequest(grant_type="client_credentials", scope="webhooks:read webhooks:write")
    token = done(200, create_token, client=basic, body=body)
    assert token.expires_in == 3600 and token.scope == body.scope
    return AuthenticatedClient(URL, token.access_token)


def subscribe(client, topic, path):
    url = f"{RECEIVER}/openapi-python/{path}"
    body = models.SubscriptionRequest(endpoint_url=url, topic=topic, secret_key="s3cr3t-4242")
    return done(201, create_subscription, client=client, body=body)


def expect_events(topic, status, count):
    where = models.EventConditions(client_id=partner.client_id, topic=topic, status=status)
    body = models.EventExpectation(of="events", where=where, count=count, timeout_ms=30_000)
    assert done(200, expect, client=admin, body=body).count == count


def trigger(topic, **fields):
    body = models.TriggerRequest(topic=topic, client_id=partner.client_id, **fields)
    return done(201, trigger_event, client=admin, body=body)


def read_delivery(path, model):
    body = json.loads((Path(os.environ["DELIVERIES"]) / f"openapi-python-{path}.json").read_text())
    return model.from_dict(body)


partner = done(201, create_partner, client=admin, body=models.PartnerRequest())
client = webhooks_of(partner)

subscription = subscribe(client, Topic.INVOICE_PAID, "accepting")
assert subscription.is_active and subscription.secret_last_4_digits == "4242"
assert isinstance(subscription.created_at, datetime)
subscribe(client, Topic.PAYOUT_PAID, "refusing")
assert len(done(200, list_subscriptions, client=client, is_active=True).data) == 2

rule = done(
    201,
    add_fault,
    client=admin,
    body=models.DeliveryFaultRequest(
        target="delivery",
        match=models.DeliveryFaultMatch(client_id=partner.client_id, topic=Topic.INVOICE_PAID),
        effect=models.DuplicateEffect(duplicate=2),
        times=1,
    ),
)

created = trigger(Topic.INVOICE_PAID, count=3, set_=models.TriggerRequestSet.from_dict({"memo": "from Python"}))
assert len(created.data) == 3 and created.matched_subscriptions == 1
trigger(Topic.PAYOUT_PAID)
expect_events(Topic.INVOICE_PAID, EventStatus.DELIVERED, 3)
expect_events(Topic.PAYOUT_PAID, EventStatus.FAILED, 1)
assert done(200, remove_fault, client=admin, id=rule.id).hits == 1

filters = {"client": client, "limit": 2, "topic": Topic.INVOICE_PAID, "status": EventStatus.DELIVERED}
first = done(200, list_events, from_date="2020-01-01T00:00:00+01:00", **filters)
assert len(first.data) == 2 and first.has_next_page
second = done(200, list_events, after=first.end_cursor, **filters)
assert len(second.data) == 1 and not second.has_next_page and second.has_previous_page
assert {event.id for event in first.data + second.data} == {event.id for event in created.data}
assert isinstance(first.data[0].delivered_at, datetime) and first.data[0].last_error is None

failed = done(200, list_events, client=client, status=EventStatus.FAILED).data[0]
assert failed.last_status_code == 500 and failed.delivered_at is None
assert "1" in done(200, retry_failed_events, client=client).message
expect_events(Topic.PAYOUT_PAID, EventStatus.DELIVERED, 1)
assert [attempt.status_code for attempt in done(200, get_event, client=admin, id=failed.id).attempts] == [500, 200]
assert [attempt.outcome for attempt in done(200, list_attempts, client=admin, event_id=failed.id).data] == [
    "failed",
    "delivered",
]

assert not done(200, delete_subscription, client=client, subscription_id=subscription.id).is_active
assert done(404, delete_subscription, client=client, subscription_id=subscription.id).code == "not_found"
plain = models.SubscriptionRequest(endpoint_url="http://public.example/", topic=Topic.INVOICE_PAID)
assert "endpoint_url" in done(422, create_subscription, client=client, body=plain).validation_errors

# It makes no unions, so a receiver chooses the model by the topic.
invoice = read_delivery("accepting", models.InvoicePaidDelivery)
assert (
    invoice.data.memo == "from Python"
    and invoice.idempotency_key == str(invoice.id)
    and invoice.timestamp == invoice.created_at
)
payout = read_delivery("refusing", models.PayoutPaidDelivery)
assert payout.data.status == "succeeded" and payout.data.total > 0

assert done(200, get_health, client=admin).status == "ok"
settings = done(200, get_settings, client=admin)
assert settings.retry_schedule == ["0s"] and settings.rate_limit is None
assert done(409, advance_clock, client=admin, body=models.ClockAdvanceBy(by="90m")).code == "conflict"
done(200, delete_partner, client=admin, partner_id=partner.partner_id)
