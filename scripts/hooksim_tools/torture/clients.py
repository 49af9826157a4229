"""Clients that hold what they can get: they are let go in time, and cost nobody else anything."""

from __future__ import annotations

import http.client
import socket
import threading
import time

from .attack import Attack, Simulator, percentile, promise

HELD = 500
# The server's deadlines: a first head, a body, an answer that is not read, and some patience for a busy machine.
HEAD, BODY, ANSWER, PATIENCE = 10, 30, 30, 10


def slow(attack: Attack) -> None:
    """500 connections that drip bytes, beside clients that behave."""
    simulator = attack.simulator()
    simulator.subscribe("http://127.0.0.1:1/")
    simulator.trigger(100)
    others = Others(simulator)
    kinds = {
        "head": (b"GET /webhooks HTTP/1.1\r\nHost: a\r\nX-Slow: ", HEAD),
        "body": (b"POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", BODY),
        "chunks": (b"POST /oauth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n", BODY),
        "nothing": (b"", HEAD),
        "deaf": (
            f"GET /webhooks/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {simulator.token}\r\n\r\n".encode() * 200,
            ANSWER,
        ),
    }
    # Few are deaf: each is served all that the kernel takes for it before it is one that reads nothing.
    names = ["head", "body", "chunks", "nothing"] * 12 + ["head", "deaf"]
    open_: dict[socket.socket, tuple[str, float]] = {}
    for number in range(HELD):
        name = names[number % len(names)]
        connection = socket.create_connection(("127.0.0.1", simulator.port))
        if name == "deaf":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        try:
            connection.send(kinds[name][0])
        except BlockingIOError:
            pass
        open_[connection] = (name, time.monotonic())
    longest = dict.fromkeys(kinds, 0.0)
    while open_:
        time.sleep(0.5)
        drip(open_, longest)
        for name, start in open_.values():
            promise(time.monotonic() - start < kinds[name][1] + PATIENCE, f"a client that drips {name} was not let go in time")
    p99 = others.stop()
    simulator.check_alive("slow clients")
    promise(p99 < 0.1, f"the others' p99 was {p99 * 1000:.0f} ms")
    told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in longest.items())
    attack.say(f"{HELD} slow clients let go by deadline ({told}); p99 of {len(others.times)} other calls {p99 * 1000:.1f} ms")


def drip(open_: dict[socket.socket, tuple[str, float]], longest: dict[str, float]) -> None:
    """Sends a byte on each connection, and forgets those that were closed."""
    for connection, (name, start) in list(open_.items()):
        try:
            if name in ("head", "body", "chunks"):
                connection.send(b"x")
            if name == "deaf":
                # One that reads nothing learns of the end only when what it sends is refused.
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
    """Clients that behave, and how long they wait."""

    def __init__(self, simulator: Simulator) -> None:
        self.times: list[float] = []
        self._simulator = simulator
        self._is_over = threading.Event()
        self._failure: Exception | None = None
        token = simulator.token
        self._thread = threading.Thread(target=self._call, args=(token,))
        self._thread.start()

    def _call(self, token: str) -> None:
        try:
            while not self._is_over.wait(0.005):
                connection = http.client.HTTPConnection("127.0.0.1", self._simulator.port, timeout=30)
                start = time.monotonic()
                connection.request("GET", "/webhooks/events?limit=20", headers={"Authorization": f"Bearer {token}"})
                response = connection.getresponse()
                response.read()
                self.times.append(time.monotonic() - start)
                connection.close()
                promise(response.status == 200, f"another client was answered {response.status}")
        except Exception as error:
            self._failure = error

    def stop(self) -> float:
        """The 99th percentile of their waits."""
        self._is_over.set()
        self._thread.join()
        if self._failure:
            raise self._failure
        return percentile(self.times, 0.99)


def many(attack: Attack) -> None:
    """More connections than the process may have files: it waits with what it can't serve, and goes on afterwards."""
    files, connections = 128, 400
    simulator = attack.simulator(files=files)
    held = []
    for _ in range(connections):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(("127.0.0.1", simulator.port))
        held.append(connection)
    time.sleep(2)
    promise(simulator.process.poll() is None, f"the process ended: {simulator.last_words()}")
    busy = cpu_share(simulator.pid)
    for connection in held:
        connection.close()
    time.sleep(0.5)
    simulator.check_alive("too many connections")
    simulator.trigger()
    promise(busy < 0.5, f"it was busy with {busy * 100:.0f} % of a processor while it could do nothing")
    attack.say(f"{connections} connections at a process of {files} files: alive, {busy * 100:.0f} % of a processor, well afterwards")


def cpu_share(pid: int, seconds: float = 1.0) -> float:
    def ticks() -> int:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / 100 / seconds
