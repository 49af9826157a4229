"""The requests by which each peer lists, creates and delivers."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlencode

from ...client import TOPIC, send
from ..load import HERE, Load
from ..simulator import JSON_TYPE

FORM_TYPE = ("Content-Type", "application/x-www-form-urlencoded")
PAGE = 20


class Peer:
    """One server on a port; subclasses define the requests to it."""

    name = ""
    # The packages of PyPI that the server needs.
    requirements: tuple[str, ...] = ()
    # A path that responds once the server is ready.
    ready_path = "/"
    delivers = True

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"

    def command(self, bin: Path) -> list[str]:
        """Returns the command that starts the server, with the programs that are installed in `bin`."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Creates the objects of the page that is listed."""
        for _ in range(PAGE):
            self.send(self.creating())

    def page(self) -> Load:
        raise NotImplementedError

    def creating(self) -> Load:
        """Returns the load that creates one object without a delivery."""
        raise NotImplementedError

    def subscribe(self, endpoint: str) -> None:
        raise NotImplementedError

    def delivering(self) -> Load:
        """Returns the load that creates one object that is delivered to the subscribed endpoint."""
        return self.creating()

    def send(self, load: Load) -> bytes:
        """Sends one of the requests of a load. Throws `RuntimeError` unless it succeeds."""
        path = load.url.removeprefix(self.url)
        response = send(self.url, load.method, path, load.body or None, dict(load.headers))
        if response.status >= 300:
            raise RuntimeError(f"the response to {load.method} {path} is {response}")
        return response.body

    def clean_up(self) -> None:
        """Removes the files that the server left outside of its folder."""


class Hooksim(Peer):
    name = "hooksim, store on disk"
    ready_path = "/__admin/health"
    # This topic is subscribed to the sink; no event of the other topic falls due.
    delivered_topic = "payout_paid"
    binary = ""

    def command(self, bin: Path) -> list[str]:
        store = str(self.folder / "peer.store")
        return [self.binary, "serve", "--port", str(self.port), "--store", store, "--retry-schedule", "1h"]

    def prepare(self) -> None:
        credentials = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
        body = json.dumps({"grant_type": "client_credentials", **credentials})
        token = self.send(Load(self.url + "/oauth/token", "POST", body, (JSON_TYPE,)))
        self._authorization = ("Authorization", "Bearer " + json.loads(token)["access_token"])
        self._subscribe("http://127.0.0.1:9/", TOPIC)
        super().prepare()

    def page(self) -> Load:
        return Load(f"{self.url}/webhooks/events?limit={PAGE}", headers=(self._authorization,))

    def creating(self) -> Load:
        return self._trigger(TOPIC)

    def subscribe(self, endpoint: str) -> None:
        settings = json.dumps({"retry_schedule": ["0s"]})
        self.send(Load(self.url + "/__admin/settings", "PATCH", settings, (JSON_TYPE,)))
        self._subscribe(endpoint, self.delivered_topic)

    def delivering(self) -> Load:
        return self._trigger(self.delivered_topic)

    def _trigger(self, topic: str) -> Load:
        return Load(self.url + "/__admin/events", "POST", json.dumps({"topic": topic}), (JSON_TYPE,))

    def _subscribe(self, endpoint: str, topic: str) -> None:
        body = json.dumps({"endpoint_url": endpoint, "topic": topic})
        self.send(Load(self.url + "/webhooks", "POST", body, (JSON_TYPE, self._authorization)))


class FlaskMock(Peer):
    name = "Flask + SQLite by hand"
    requirements = ("flask==3.1.3", "requests==2.34.2")
    ready_path = "/nothing"

    def command(self, bin: Path) -> list[str]:
        mock = HERE / "flask_mock.py"
        return [str(bin / "python"), str(mock), str(self.port), str(self.folder / "flask.store")]

    def page(self) -> Load:
        headers = (("Authorization", "Bearer token"),)
        return Load(f"{self.url}/webhooks/events?limit={PAGE}", headers=headers, may_break=True)

    def creating(self) -> Load:
        body = json.dumps({"topic": TOPIC, "data": {"invoice_id": "1", "total": 12.5}})
        return Load(self.url + "/events", "POST", body, (JSON_TYPE,), may_break=True)

    def subscribe(self, endpoint: str) -> None:
        self.send(Load(self.url + "/webhooks", "POST", json.dumps({"endpoint_url": endpoint}), (JSON_TYPE,)))


class LocalStripe(Peer):
    """localstripe, whose objects are customers. It writes all of them to one file whenever one is created."""

    name = "localstripe"
    requirements = ("localstripe==1.15.10",)
    ready_path = "/v1/customers"
    key = ("Authorization", "Bearer sk_test_12345")

    def command(self, bin: Path) -> list[str]:
        return [str(bin / "localstripe"), "--port", str(self.port), "--from-scratch"]

    def page(self) -> Load:
        return Load(f"{self.url}/v1/customers?limit={PAGE}", headers=(self.key,))

    def creating(self) -> Load:
        body = urlencode({"email": "a.customer@example.com", "name": "A Customer"})
        return Load(self.url + "/v1/customers", "POST", body, (FORM_TYPE, self.key))

    def subscribe(self, endpoint: str) -> None:
        body = json.dumps({"url": endpoint, "secret": "s3cr3t", "events": ["customer.created"]})
        self.send(Load(self.url + "/_config/webhooks/sink", "POST", body, (JSON_TYPE,)))

    def clean_up(self) -> None:
        Path("/tmp/localstripe.pickle").unlink(missing_ok=True)


class MotoServer(Peer):
    """moto, whose objects are messages of SNS, and whose list is that of a topic's subscriptions."""

    name = "moto_server (SNS)"
    requirements = ("moto[server]==5.2.5",)
    ready_path = "/moto-api/"
    credential = ("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sns/aws4_request")

    def command(self, bin: Path) -> list[str]:
        return [str(bin / "moto_server"), "--host", "127.0.0.1", "--port", str(self.port)]

    def prepare(self) -> None:
        for topic in ("listed", "quiet", "delivered"):
            self.send(self._action(Action="CreateTopic", Name=topic))
        for number in range(PAGE):
            endpoint = f"reader{number}@example.com"
            self.send(
                self._action(Action="Subscribe", TopicArn=self._arn("listed"), Protocol="email", Endpoint=endpoint)
            )

    def page(self) -> Load:
        return self._action(Action="ListSubscriptionsByTopic", TopicArn=self._arn("listed"))

    def creating(self) -> Load:
        return self._action(Action="Publish", TopicArn=self._arn("quiet"), Message="an invoice was paid")

    def subscribe(self, endpoint: str) -> None:
        self.send(self._action(Action="Subscribe", TopicArn=self._arn("delivered"), Protocol="http", Endpoint=endpoint))

    def delivering(self) -> Load:
        return self._action(Action="Publish", TopicArn=self._arn("delivered"), Message="an invoice was paid")

    def _action(self, **parameters: str) -> Load:
        body = urlencode({"Version": "2010-03-31", **parameters})
        return Load(self.url + "/", "POST", body, (FORM_TYPE, self.credential), may_break=True)

    @staticmethod
    def _arn(topic: str) -> str:
        return f"arn:aws:sns:us-east-1:123456789012:{topic}"


KINDS: tuple[type[Peer], ...] = (Hooksim, FlaskMock, LocalStripe, MotoServer)
