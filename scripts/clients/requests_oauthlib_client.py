#!/usr/bin/env python3
"""requests-oauthlib's BackendApplicationClient, unmodified, as a client of the API."""

import os

# oauthlib refuses plain http otherwise, and the simulator is on loopback.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

from hooksim_admin import TIMEOUT_SECONDS, TOKEN_URL, WEBHOOKS_URL, expect, run_checks, token_fetches
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError
from requests_oauthlib import OAuth2Session

SCOPE = ["webhooks:read", "webhooks:write"]


def session_of(partner):
    return OAuth2Session(client=BackendApplicationClient(client_id=partner["client_id"], scope=SCOPE))


def fetch_token(session, partner, secret=None, **options):
    return session.fetch_token(
        TOKEN_URL,
        client_id=partner["client_id"],
        client_secret=secret or partner["client_secret"],
        timeout=TIMEOUT_SECONDS,
        **options,
    )


def one_token_serves_100_calls(partner):
    """requests-oauthlib: one token fetch serves 100 requests"""
    with session_of(partner) as session:
        token = fetch_token(session, partner)
        expect(set(token.scopes) == set(SCOPE), f"asked for the scopes {SCOPE}, got {token.scopes}")
        for _ in range(100):
            session.get(WEBHOOKS_URL, timeout=TIMEOUT_SECONDS).raise_for_status()
    fetches = token_fetches(partner["client_id"])
    expect(fetches == 1, f"the server saw {fetches} token requests, not 1")


def credentials_in_the_body(partner):
    """requests-oauthlib: credentials beside the grant, in the form body, get a token too"""
    with session_of(partner) as session:
        # An `auth` that adds no header keeps the library from using HTTP Basic.
        fetch_token(session, partner, include_client_id=True, auth=lambda request: request)
        session.get(WEBHOOKS_URL, timeout=TIMEOUT_SECONDS).raise_for_status()


def subscription_is_made_and_deleted(partner):
    """requests-oauthlib: subscribes, lists and unsubscribes"""
    with session_of(partner) as session:
        fetch_token(session, partner)
        body = {"endpoint_url": "https://example.com/hooks", "topic": "invoice_paid"}
        created = session.post(WEBHOOKS_URL, json=body, timeout=TIMEOUT_SECONDS)
        expect(created.status_code == 201, f"POST /webhooks got {created.status_code}: {created.text}")
        listed = session.get(WEBHOOKS_URL, timeout=TIMEOUT_SECONDS).json()["data"]
        expect(
            [row["id"] for row in listed] == [created.json()["id"]], f"the list is not the one subscription: {listed}"
        )
        deleted = session.delete(f"{WEBHOOKS_URL}/{created.json()['id']}", timeout=TIMEOUT_SECONDS)
        expect(deleted.status_code == 200, f"DELETE got {deleted.status_code}: {deleted.text}")
        expect(deleted.json()["is_active"] is False, "the deleted subscription is still active")


def wrong_secret_raises(partner):
    """requests-oauthlib: a wrong secret raises InvalidClientError"""
    with session_of(partner) as session:
        try:
            token = fetch_token(session, partner, secret="wrong-secret")
        except InvalidClientError:
            return
        expect(False, f"no error, but took for a token: {dict(token)}")


run_checks(
    one_token_serves_100_calls,
    credentials_in_the_body,
    subscription_is_made_and_deleted,
    wrong_secret_raises,
)
