"""Clients that hold connections: they are disconnected in time, and do not delay other clients."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time

from ..figures import percentile
from ..simulator import Simulator
from .attack import Attack, check_alive, cpu_share, promise

HELD = 500
# The server's deadlines for a first head, a body and a response that is not read, and a tolerance for a busy machine.
HEAD, BODY, RESPONSE, PATIENCE = 10, 30, 30, 10


def slow(attack: Attack) -> None:
    """Opens 500 connections that send single bytes, in parallel to well-behaved clients."""
    simulator = attack.simulator()
    simulator.client.subscribe("http://127.0.0.1:1/")
    simulator.client.trigger(count=100)
    others = Others(simulator)
    kinds = {
        "head": (b"GET /webhooks HTTP/1.1\r\nHost: a\r\nX-Slow: ", HEAD),
        "body": (b"POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", BODY),
        "chunks": (b"POST /oauth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n", BODY),
        "nothing": (b"", HEAD),
        "deaf": (
            f"GET /webhooks/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {simulator.client.token}\r\n\r\n".encode()
            * 200,
            RESPONSE,
        ),
    }
    # Only a few clients read no responses, since the server first fills the kernel's buffers for each of them.
    names = ["head", "body", "chunks", "nothing"] * 12 + ["head", "deaf"]
    open_: dict[socket.socket, tuple[str, float]] = {}
    for number in range(HELD):
        name = names[number % len(names)]
        connection = socket.create_connection(("127.0.0.1", simulator.port))
        if name == "deaf":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.send(kinds[name][0])
        open_[connection] = (name, time.monotonic())
    longest = dict.fromkeys(kinds, 0.0)
    while open_:
        time.sleep(0.5)
        drip(open_, longest)
        for name, start in open_.values():
            promise(
                time.monotonic() - start < kinds[name][1] + PATIENCE,
                f"a client that drips {name} was not disconnected in time",
            )
    p99 = others.stop()
    check_alive(simulator, "slow clients")
    promise(p99 < 0.1, f"the others' p99 was {p99 * 1000:.0f} ms")
    waits = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in longest.items())
    attack.say(
        f"{HELD} slow clients disconnected by deadline ({waits}); "
        f"p99 of {len(others.times)} other requests {p99 * 1000:.1f} ms"
    )


def drip(open_: dict[socket.socket, tuple[str, float]], longest: dict[str, float]) -> None:
    """Sends a byte on each connection, and removes those that were closed."""
    for connection, (name, start) in list(open_.items()):
        try:
            if name in ("head", "body", "chunks"):
                connection.send(b"x")
            if name == "deaf":
                # A client that reads nothing detects the end of the connection only when it writes.
                connection.send(b"\r\n")
                continue
            if connection.recv(1, socket.MSG_PEEK) != b"":
                continue
        except BlockingIOError:
            continue
        except OSError:
            pass
        longest[name] = max(longest[name], time.monotonic() - start)
        connection.close()
        del open_[connection]


class Others:
    """Well-behaved clients, and their waiting times."""

    def __init__(self, simulator: Simulator) -> None:
        self.times: list[float] = []
        self._simulator = simulator
        self._is_over = threading.Event()
        self._failure: Exception | None = None
        token = simulator.client.token
        self._thread = threading.Thread(target=self._send, args=(token,))
        self._thread.start()

    def _send(self, token: str) -> None:
        try:
            while not self._is_over.wait(0.005):
                connection = http.client.HTTPConnection("127.0.0.1", self._simulator.port, timeout=30)
                start = time.monotonic()
                connection.request("GET", "/webhooks/events?limit=20", headers={"Authorization": f"Bearer {token}"})
                response = connection.getresponse()
                response.read()
                self.times.append(time.monotonic() - start)
                connection.close()
                promise(response.status == 200, f"the status of another client's response is {response.status}")
        except Exception as error:
            self._failure = error

    def stop(self) -> float:
        """Stops the clients, and returns the 99th percentile of their waiting times."""
        self._is_over.set()
        self._thread.join()
        if self._failure:
            raise self._failure
        return percentile(self.times, 0.99)


def many(attack: Attack) -> None:
    """Opens more connections than the process may have files. It lets them wait, and serves clients again
    afterwards."""
    files, connections = 128, 400
    simulator = attack.simulator(max_files=files)
    held = []
    for _ in range(connections):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", simulator.port))
        held.append(connection)
    time.sleep(2)
    promise(simulator.is_running, f"the process ended: {simulator.last_words()}")
    busy = cpu_share(simulator)
    for connection in held:
        connection.close()
    time.sleep(0.5)
    check_alive(simulator, "too many connections")
    simulator.client.trigger()
    promise(busy < 0.5, f"it was busy with {busy * 100:.0f} % of a processor while it could do nothing")
    attack.say(
        f"{connections} connections at a process of {files} files: alive, {busy * 100:.0f} % of a processor, well afterwards"
    )
