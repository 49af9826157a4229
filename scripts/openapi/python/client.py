"""Uses every kind of request of both APIs by the client that openapi-generator writes for Python, and reads a delivery with its models."""

import os
from datetime import datetime
from pathlib import Path

import generated
from generated import ApiException

URL, RECEIVER = os.environ["HOOKSIM_URL"], os.environ["RECEIVER_URL"]
DELIVERIES = Path(os.environ["DELIVERIES"])


def partner_of_its_own():
    control = generated.ControlApi(generated.ApiClient(generated.Configuration(host=URL)))
    return control, control.create_partner(generated.PartnerRequest())


def webhooks_of(partner):
    oauth = generated.OauthApi(
        generated.ApiClient(
            generated.Configuration(host=URL, username=partner.client_id, password=partner.client_secret)
        )
    )
    token = oauth.create_token(grant_type="client_credentials", scope="webhooks:read webhooks:write")
    assert token.expires_in == 3600 and token.scope == "webhooks:read webhooks:write"
    return generated.WebhooksApi(
        generated.ApiClient(generated.Configuration(host=URL, access_token=token.access_token))
    )


def subscribe(webhooks, topic, path):
    return webhooks.create_subscription(
        generated.SubscriptionRequest(endpoint_url=f"{RECEIVER}/python/{path}", topic=topic, secret_key="s3cr3t-4242")
    )


def expect(control, client_id, topic, status, count):
    conditions = generated.EventConditions(client_id=client_id, topic=topic, status=status)
    event = generated.EventExpectation(of="events", where=conditions, count=count, timeout_ms=30_000)
    assert control.expect(generated.Expectation(event)).count == count


def refused(status, call):
    try:
        call()
    except ApiException as error:
        assert error.status == status, error
        return error.data
    raise AssertionError(f"not refused with {status}")


control, partner = partner_of_its_own()
webhooks = webhooks_of(partner)
topic, status = generated.Topic, generated.EventStatus

subscription = subscribe(webhooks, topic.INVOICE_PAID, "accepting")
assert subscription.is_active and subscription.secret_last_4_digits == "4242"
assert isinstance(subscription.created_at, datetime)
subscribe(webhooks, topic.PAYOUT_PAID, "refusing")
assert len(webhooks.list_subscriptions(is_active=True).data) == 2

rule = control.add_fault(
    generated.FaultRequest(
        generated.DeliveryFaultRequest(
            target="delivery",
            match=generated.DeliveryFaultMatch(client_id=partner.client_id, topic=topic.INVOICE_PAID),
            effect=generated.DeliveryFaultEffect(generated.DuplicateEffect(duplicate=2)),
            times=1,
        )
    )
).actual_instance

created = control.trigger_event(
    generated.TriggerRequest(
        topic=topic.INVOICE_PAID, client_id=partner.client_id, count=3, set={"memo": "from Python"}
    )
)
assert created.matched_subscriptions == 1 and len(created.data) == 3
control.trigger_event(generated.TriggerRequest(topic=topic.PAYOUT_PAID, client_id=partner.client_id))
expect(control, partner.client_id, topic.INVOICE_PAID, status.DELIVERED, 3)
expect(control, partner.client_id, topic.PAYOUT_PAID, status.FAILED, 1)
assert control.remove_fault(rule.id).hits == 1

first = webhooks.list_events(
    limit=2, topic=topic.INVOICE_PAID, status=status.DELIVERED, from_date="2020-01-01T00:00:00+01:00"
)
assert len(first.data) == 2 and first.has_next_page
second = webhooks.list_events(limit=2, topic=topic.INVOICE_PAID, after=first.end_cursor)
assert len(second.data) == 1 and not second.has_next_page and second.has_previous_page
assert {event.id for event in first.data + second.data} == {event.id for event in created.data}
assert first.data[0].delivered_at and first.data[0].last_error is None

failed = webhooks.list_events(status=status.FAILED).data[0]
assert failed.last_status_code == 500 and failed.delivered_at is None, failed
assert "1" in webhooks.retry_failed_events().message
expect(control, partner.client_id, topic.PAYOUT_PAID, status.DELIVERED, 1)
detail = control.get_event(failed.id)
assert [attempt.status_code for attempt in detail.attempts] == [500, 200]
assert [attempt.outcome for attempt in control.list_attempts(event_id=failed.id).data] == ["failed", "delivered"]

assert not webhooks.delete_subscription(subscription.id).is_active
assert refused(404, lambda: webhooks.delete_subscription(subscription.id)).code == "not_found"
wrong = refused(
    422,
    lambda: webhooks.create_subscription(
        generated.SubscriptionRequest(endpoint_url="http://public.example/", topic="invoice_paid")
    ),
)
assert "endpoint_url" in wrong.validation_errors

for name, kind, model in (
    ("accepting", generated.InvoicePaidDelivery, generated.Invoice),
    ("refusing", generated.PayoutPaidDelivery, generated.Payout),
):
    body = (DELIVERIES / f"python-{name}.json").read_text()
    delivery = generated.Delivery.from_json(body).actual_instance
    assert isinstance(delivery, kind) and isinstance(delivery.data, model)
    assert kind.from_json(body) == delivery
    assert delivery.idempotency_key == str(delivery.id) and delivery.timestamp == delivery.created_at
assert (
    generated.InvoicePaidDelivery.from_json((DELIVERIES / "python-accepting.json").read_text()).data.memo
    == "from Python"
)

assert control.get_health().status == "ok"
settings = control.get_settings()
assert settings.retry_schedule == ["0s"] and settings.rate_limit is None
assert control.get_clock().mode == "real"
assert (
    refused(409, lambda: control.advance_clock(generated.ClockAdvance(generated.ClockAdvanceBy(by="90m")))).code
    == "conflict"
)
assert control.list_partners().data
control.delete_partner(partner.partner_id)
