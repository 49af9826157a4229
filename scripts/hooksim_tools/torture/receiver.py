"""A subscriber's server on loopback, with a thread a connection."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass
from typing import Callable


@dataclass
class Delivery:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def id(self) -> str:
        return self.headers.get("x-webhook-id", "")

    @property
    def attempt(self) -> int:
        return int(self.headers.get("x-webhook-attempt", "0"))


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def answer(status: int, body: bytes = b"", headers: str = "") -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), headers.encode()) + body


class Receiver:
    """Calls `behave(delivery, socket)`; what that returns is sent, and `None` ends the connection."""

    def __init__(self, behave: Callable[[Delivery, socket.socket], bytes | None] = lambda *_: OK, host="127.0.0.1", port=0):
        self.behave = behave
        self.received: list[Delivery] = []
        self.connections = 0
        self.is_stopped = threading.Event()
        self._listener = socket.create_server((host, port), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        data = b""
        with connection:
            try:
                while True:
                    while b"\r\n\r\n" not in data:
                        part = connection.recv(65536)
                        if not part:
                            return
                        data += part
                    head, _, data = data.partition(b"\r\n\r\n")
                    line, *fields = head.decode("latin-1").split("\r\n")
                    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
                    length = int(headers.get("content-length", "0"))
                    while len(data) < length:
                        data += connection.recv(65536) or b""
                    delivery = Delivery(line.split(" ")[1], headers, data[:length], time.monotonic())
                    data = data[length:]
                    self.received.append(delivery)
                    reply = self.behave(delivery, connection)
                    if reply is None:
                        return
                    connection.sendall(reply)
            except OSError:
                return

    def stop(self) -> None:
        self.is_stopped.set()
        # A thread that waits in accept keeps the port until it is woken.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
