"""A hooksim on a free port, and a receiver that answers as it is told."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Simulator:
    def __init__(self, binary: str, *options: str) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HOOKSIM_")}
        self.process = subprocess.Popen(
            [binary, "serve", "--port", "0", *options], stdout=subprocess.PIPE, env=environment
        )
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def __enter__(self) -> Simulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None):
        """The status and the JSON of the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json", **(headers or {})}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, self._json(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, self._json(error.read())

    @staticmethod
    def _json(body: bytes):
        try:
            return json.loads(body)
        except ValueError:
            return body.decode(errors="replace")

    def control(self, method: str, path: str, body: object = None):
        status, answer = self.call(method, "/__admin" + path, body)
        if status >= 300:
            raise AssertionError(f"{method} {path} answered {status}: {answer}")
        return answer

    def token(self, client: str = "sandbox", secret: str = "sandbox-secret") -> str:
        """A fresh one each time, since the virtual clock may have moved past the last one's end."""
        basic = b64encode(f"{client}:{secret}".encode()).decode()
        body = {"grant_type": "client_credentials"}
        status, answer = self.call("POST", "/oauth/token", body, {"Authorization": f"Basic {basic}"})
        if status != 200:
            raise AssertionError(f"no token for {client!r}: {answer}")
        return answer["access_token"]

    def subscribe(self, url: str, topic: str = "invoice_paid", secret: str | None = None):
        body = {"endpoint_url": url, "topic": topic} | ({"secret_key": secret} if secret else {})
        return self.call("POST", "/webhooks", body, {"Authorization": f"Bearer {self.token()}"})

    def trigger(self, topic: str = "invoice_paid", **more: object) -> list[dict]:
        return self.control("POST", "/events", {"topic": topic, **more})["data"]

    def expect(self, of: str, where: dict, at_least: int) -> None:
        self.control("POST", "/expect", {"of": of, "where": where, "at_least": at_least, "timeout_ms": 100_000})


class Receiver:
    """Answers 200, or what `answer` says: status, headers, body."""

    def __init__(self) -> None:
        self.answer: tuple[int, list[tuple[str, str]], bytes] = (200, [], b"ok")
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, body = receiver.answer
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
