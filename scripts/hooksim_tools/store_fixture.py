"""Makes fixtures/stores/version-N.store, with something in each table, and version-N.json, which says what the API tells of it."""

from __future__ import annotations

import http.client
import http.server
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "stores"
CLOCK = "2026-01-05T09:00:00.000Z"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes events at /good, refuses them at /bad, and is gone at /gone."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status = {"/good": 200, "/bad": 503, "/gone": 410}[self.path]
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-Receiver", "a fixture")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"seen")

    def log_message(self, *_: object) -> None:
        """Nobody reads a log."""


class Client:
    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc

    def call(self, method: str, path: str, body: object = None, token: str | None = None):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {data!r}")
        return json.loads(data) if response.headers["Content-Type"].startswith("application/json") and data else data

    def token(self, client_id: str, client_secret: str) -> str:
        body = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        return self.call("POST", "/oauth/token", body)["access_token"]

    def subscribe(self, token: str, url: str, topic: str, **more: str) -> str:
        return self.call("POST", "/webhooks", {"endpoint_url": url, "topic": topic, **more}, token)["id"]

    def trigger(self, topic: str, **more: object) -> None:
        self.call("POST", "/__admin/events", {"topic": topic, **more})

    def advance(self, by: str) -> None:
        self.call("POST", "/__admin/clock/advance", {"by": by})


def fill(client: Client, receiver: str) -> dict[str, str]:
    """Puts something in each table, and returns the token of each client."""
    client.call("POST", "/__admin/partners", {"client_id": "second", "client_secret": "second-secret", "scopes": ["webhooks:read"]})
    tokens = {"sandbox": client.token("sandbox", "sandbox-secret"), "second": client.token("second", "second-secret")}
    client.subscribe(tokens["sandbox"], f"{receiver}/good", "invoice_paid", secret_key="s3cr3t-4242")
    client.subscribe(tokens["sandbox"], f"{receiver}/bad", "payout_failed")
    client.subscribe(tokens["sandbox"], f"{receiver}/gone", "payment_failed")
    deleted = client.subscribe(tokens["sandbox"], f"{receiver}/good", "customer_created")
    client.call("DELETE", f"/webhooks/{deleted}", token=tokens["sandbox"])
    client.trigger("invoice_paid", count=2)
    client.trigger("invoice_paid", entity_id="né-\u2028-🎈", data={"text": "\" \\ \u0001", "number": 1.5, "none": None})
    # Fails for good; 410 ends the subscription too.
    client.trigger("payout_failed", entity_id="failed")
    client.trigger("payment_failed", entity_id="gone")
    client.advance("1h")
    # Failed once, and waits for its second attempt.
    client.trigger("payout_failed", entity_id="pending")
    client.advance("1s")
    return tokens


def inventory(client: Client, tokens: dict[str, str]) -> dict[str, object]:
    events = client.call("GET", "/__admin/events?limit=100")["data"]
    return {
        "clock": client.call("GET", "/__admin/clock")["now"],
        "tokens": tokens,
        "partners": client.call("GET", "/__admin/partners")["data"],
        "subscriptions": client.call("GET", "/webhooks?limit=100", token=tokens["sandbox"])["data"],
        "events": events,
        "inspections": [client.call("GET", f"/__admin/events/{event['id']}") for event in events],
        "attempts": client.call("GET", "/__admin/attempts")["data"],
    }


def main() -> None:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        command = [
            sys.argv[1], "serve", "--port", "0", "--store", store, "--seed", "6", "--clock", f"frozen@{CLOCK}",
            "--retry-schedule", "0s,5m,30m", "--retry-jitter", "0", "--token-ttl", "24h",
        ]
        simulator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            client = Client(json.loads(simulator.stdout.readline())["url"])
            found = inventory(client, fill(client, f"http://127.0.0.1:{server.server_port}"))
            copy = client.call("GET", "/__admin/backup")
        finally:
            simulator.terminate()
            simulator.wait()
    # Where SQLite has user_version.
    target = FOLDER / f"version-{int.from_bytes(copy[60:64], 'big')}.store"
    if target.exists():
        sys.exit(f"{target} is there already; a released version's store stays as it is")
    target.write_bytes(copy)
    target.with_suffix(".json").write_text(json.dumps(found, indent=2, ensure_ascii=True) + "\n")
    print(f"wrote {target}, {len(copy)} bytes")


if __name__ == "__main__":
    main()
