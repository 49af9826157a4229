"""A receiver of deliveries on its own port, with or without TLS. It keeps each delivery, and its behavior responds."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Delivery:
    """A request that arrived."""

    path: str
    # The header fields, with names in lower case.
    headers: dict[str, str]
    body: bytes
    # The time at which the request was complete, as `time.monotonic()`.
    at: float

    @property
    def id(self) -> str:
        return self.headers.get("x-webhook-id", "")

    @property
    def attempt(self) -> int:
        return int(self.headers.get("x-webhook-attempt", "0"))


def response(status: int = 200, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """Returns a complete response as it is sent."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body


OK = response()
# A behavior returns the bytes to send, or `None` to end the connection. It may write to the socket itself before it
# returns.
Behavior = Callable[[Delivery, socket.socket], bytes | None]


def script(*responses: bytes) -> Behavior:
    """Returns a behavior that sends one response after the other, and then repeats the last one."""
    lock = threading.Lock()
    left = list(responses)

    def next_response(*_: object) -> bytes:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return next_response


class Receiver:
    """A server with a thread for each connection; a context manager. `behave` may be replaced at any time."""

    def __init__(
        self,
        behave: Behavior | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.behave = behave or script(OK)
        self.received: list[Delivery] = []
        self.connections = 0
        self.is_stopped = threading.Event()
        self._tls = tls
        self._listener = socket.create_server((host, port), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                with self._tls.wrap_socket(connection, server_side=True) as secured:
                    self._respond(secured)
            else:
                self._respond(connection)

    def _respond(self, connection: socket.socket) -> None:
        """Responds to one request after the other until the connection ends."""
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                part = connection.recv(65536)
                if not part:
                    return
                data += part
            head, _, data = data.partition(b"\r\n\r\n")
            line, *fields = head.decode("latin-1").split("\r\n")
            parted = (field.partition(":") for field in fields)
            headers = {name.lower(): value.strip() for name, _, value in parted}
            length = int(headers.get("content-length", "0"))
            while len(data) < length:
                part = connection.recv(65536)
                if not part:
                    return
                data += part
            delivery = Delivery(line.split(" ")[1], headers, data[:length], time.monotonic())
            data = data[length:]
            self.received.append(delivery)
            sent = self.behave(delivery, connection)
            if sent is None:
                return
            connection.sendall(sent)

    def stop(self) -> None:
        """Accepts no more connections, and wakes threads that wait for `is_stopped`."""
        self.is_stopped.set()
        # A thread that waits in accept keeps the port until it is woken.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()
