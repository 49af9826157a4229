"""As much of HTTP as the arrangement of a measurement needs; what is measured is sent by the load tools."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit


class HTTP:
    """One connection, kept open and opened again when the server has closed it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=600)

    def call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None):
        """The answer's JSON; anything but success is an error."""
        data = None if body is None else json.dumps(body)
        return json.loads(self.send(method, path, data, {"Content-Type": "application/json", **(headers or {})}))

    def send(self, method: str, path: str, data: str | None, headers: dict[str, str]) -> bytes:
        try:
            return self._exchange(method, path, data, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closed the idle connection meanwhile.
            self._connection.close()
            return self._exchange(method, path, data, headers)

    def _exchange(self, method: str, path: str, data: str | None, headers: dict[str, str]) -> bytes:
        self._connection.request(method, path, data, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path} answered {response.status}: {answer[:500]!r}")
        return answer
