"""A client of a simulator: its OAuth endpoint, the webhooks API and the control API, by the standard library alone."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

TOPIC = "invoice_paid"
# A limit in seconds, which only ends requests that hang.
TIMEOUT = 120.0
# The maximum number of events that one request may create.
MAX_COUNT = 10_000


@dataclass(frozen=True)
class Response:
    """A response of any status."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The value of the body, or its bytes if it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body

    def __str__(self) -> str:
        return f"{self.status}: {self.body[:500].decode(errors='replace')}"


class RequestFailed(Exception):
    """An error with a response that is no success."""

    def __init__(self, method: str, path: str, response: Response) -> None:
        super().__init__(f"the response to {method} {path} is {response}")
        self.response = response


def send(
    url: str,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
    timeout: float = TIMEOUT,
    ca_file: Path | None = None,
) -> Response:
    """Sends one request over a connection of its own; a body that is neither bytes nor text is written as JSON."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    sent = dict(headers or {})
    data = body if isinstance(body, bytes | str) or body is None else json.dumps(body)
    if data is not None:
        sent.setdefault("Content-Type", "application/json")
    try:
        connection.request(method, path, data, sent)
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())
    finally:
        connection.close()


class Client:
    """A client with the credentials of one partner; its methods may be called from any thread."""

    def __init__(
        self,
        url: str,
        client_id: str = "sandbox",
        client_secret: str = "sandbox-secret",
        ca_file: Path | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.client_id = client_id
        self.client_secret = client_secret
        self.ca_file = ca_file
        self._token = ""
        self._lock = threading.Lock()

    # Requests

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> Response:
        """Returns the response, whatever its status."""
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return send(self.url, method, path, body, authorization | (headers or {}), timeout, self.ca_file)

    def request(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Any:
        """Returns the JSON of a success. Throws `RequestFailed` otherwise."""
        return self._value(self.send(method, path, body, token=token), method, path)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Sends a request to the control API and returns its JSON. Throws `RequestFailed` unless it succeeds."""
        return self.request(method, "/__admin" + path, body)

    def api(self, method: str, path: str, body: object = None) -> Any:
        """Sends a request to the webhooks API and returns its JSON, with a new token if the last one has expired.

        Throws `RequestFailed` unless it succeeds.
        """
        response = self.send(method, path, body, token=self.token)
        if response.status == 401:
            with self._lock:
                self._token = ""
            response = self.send(method, path, body, token=self.token)
        return self._value(response, method, path)

    # The simulated API

    @property
    def token(self) -> str:
        """A token, requested when it is first needed."""
        with self._lock:
            self._token = self._token or self.fetch_token()
            return self._token

    def fetch_token(self) -> str:
        """Returns a new token, requested with HTTP Basic."""
        credentials = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        path, body = "/oauth/token", {"grant_type": "client_credentials"}
        response = self.send("POST", path, body, headers={"Authorization": f"Basic {credentials}"})
        if response.status != 200:
            raise RequestFailed("POST", path, response)
        return str(response.json["access_token"])

    def subscribe(self, url: str, topic: str = TOPIC, secret: str | None = None) -> str:
        """Returns the id of a new subscription."""
        body = {"endpoint_url": url, "topic": topic} | ({"secret_key": secret} if secret else {})
        return str(self.api("POST", "/webhooks", body)["id"])

    def unsubscribe(self, subscription: str) -> None:
        self.api("DELETE", f"/webhooks/{subscription}")

    def subscriptions(self, **query: object) -> list[dict[str, Any]]:
        """Returns the first page of subscriptions."""
        return self._rows(self.api("GET", with_query("/webhooks", query)))

    def events(self, **query: object) -> list[dict[str, Any]]:
        """Returns the first page of events."""
        return self._rows(self.api("GET", with_query("/webhooks/events", query)))

    def retry_failed_events(self) -> str:
        """Retries all failed events and returns the message of the response."""
        return str(self.api("POST", "/webhooks/retry")["message"])

    # The control API

    def trigger(self, topic: str = TOPIC, count: int = 1, **more: object) -> list[dict[str, Any]]:
        """Creates events, in requests as large as the control API takes them, and returns them."""
        created: list[dict[str, Any]] = []
        for start in range(0, count, MAX_COUNT):
            body = {"topic": topic, "count": min(MAX_COUNT, count - start), **more}
            created += self.control("POST", "/events", body)["data"]
        return created

    def expect(self, of: str, where: dict[str, object], *, seconds: float = 60, **bound: int) -> None:
        """Waits until this number of `events`, `attempts` or `requests` match; `bound` is count, at_least or
        at_most."""
        body = {"of": of, "where": where, "timeout_ms": round(seconds * 1000), **bound}
        path = "/__admin/expect"
        response = self.send("POST", path, body, timeout=seconds + TIMEOUT)
        if response.status != 200:
            raise RequestFailed("POST", f"{path} of {bound} {of} with {where}", response)

    def attempts(self, **query: object) -> list[dict[str, Any]]:
        return self._rows(self.control("GET", with_query("/attempts", query)))

    def requests(self, **query: object) -> list[dict[str, Any]]:
        return self._rows(self.control("GET", with_query("/requests", query)))

    def metrics(self) -> dict[str, float]:
        """Returns the metrics by their names with labels."""
        text = self.send("GET", "/__admin/metrics").body.decode()
        parted = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in parted}

    def change_settings(self, **settings: object) -> None:
        self.control("PATCH", "/settings", settings)

    def add_partner(self, **partner: object) -> dict[str, Any]:
        """Returns a new partner with its credentials, which isolates a check from other clients of the simulator."""
        found: dict[str, Any] = self.control("POST", "/partners", partner)
        return found

    @staticmethod
    def _value(response: Response, method: str, path: str) -> Any:
        if not 200 <= response.status < 300:
            raise RequestFailed(method, path, response)
        return response.json

    @staticmethod
    def _rows(page: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = page["data"]
        return rows


def with_query(path: str, query: dict[str, object]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
