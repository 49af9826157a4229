#!/usr/bin/env python3
"""authlib's OAuth2Session, unmodified, as a client of the API."""

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from hooksim_admin import TIMEOUT_SECONDS, TOKEN_URL, WEBHOOKS_URL, expect, run_checks, token_fetches

SCOPE = "webhooks:read webhooks:write"


def session_of(partner, secret=None):
    return OAuth2Session(
        partner["client_id"],
        secret or partner["client_secret"],
        scope=SCOPE,
        grant_type="client_credentials",
        token_endpoint=TOKEN_URL,
        default_timeout=TIMEOUT_SECONDS,
    )


def one_token_serves_100_calls(partner):
    """authlib: one token fetch serves 100 requests"""
    with session_of(partner) as session:
        token = session.fetch_token()
        expect(token["scope"] == SCOPE, f"asked for the scope {SCOPE!r}, got {token['scope']!r}")
        for _ in range(100):
            session.get(WEBHOOKS_URL).raise_for_status()
    fetches = token_fetches(partner["client_id"])
    expect(fetches == 1, f"the server saw {fetches} token requests, not 1")


def expired_token_is_fetched_again(partner):
    """authlib: an expired token is fetched again by itself, once"""
    with session_of(partner) as session:
        expired = dict(session.fetch_token(), expires_at=1)
        session.token = expired
        session.get(WEBHOOKS_URL).raise_for_status()
        session.get(WEBHOOKS_URL).raise_for_status()
        expect(session.token["access_token"] != expired["access_token"], "the expired token is still in use")
    fetches = token_fetches(partner["client_id"])
    expect(fetches == 2, f"the server saw {fetches} token requests, not 2")


def subscription_is_made_and_deleted(partner):
    """authlib: subscribes, lists and unsubscribes"""
    with session_of(partner) as session:
        session.fetch_token()
        created = session.post(
            WEBHOOKS_URL, json={"endpoint_url": "https://example.com/hooks", "topic": "invoice_paid"}
        )
        expect(created.status_code == 201, f"POST /webhooks got {created.status_code}: {created.text}")
        listed = session.get(WEBHOOKS_URL).json()["data"]
        expect(
            [row["id"] for row in listed] == [created.json()["id"]], f"the list is not the one subscription: {listed}"
        )
        deleted = session.delete(f"{WEBHOOKS_URL}/{created.json()['id']}")
        expect(deleted.status_code == 200, f"DELETE got {deleted.status_code}: {deleted.text}")
        expect(deleted.json()["is_active"] is False, "the deleted subscription is still active")


def wrong_secret_raises(partner):
    """authlib: a wrong secret raises OAuthError invalid_client"""
    with session_of(partner, secret="wrong-secret") as session:
        try:
            token = session.fetch_token()
        except OAuthError as error:
            expect(error.error == "invalid_client", f"the error is {error.error!r}")
        else:
            expect(False, f"no error, but took for a token: {dict(token)}")


run_checks(
    one_token_serves_100_calls,
    expired_token_is_fetched_again,
    subscription_is_made_and_deleted,
    wrong_secret_raises,
)
