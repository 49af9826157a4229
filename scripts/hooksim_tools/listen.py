"""Runs `hooksim listen` in a network namespace of its own, from which only the simulator's port can be reached.

The simulator can't reach anything there. What connects to its port from inside is carried out of the namespace over a
socket in the file system, in that direction alone.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import json
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from .process import PATIENCE, Process, end_in_order, free_port, wait_until
from .project import environment, program
from .receiver import Delivery, Receiver, response
from .simulator import Simulator

_INSIDE = "--inside"
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1


def main() -> None:
    end_in_order()
    if sys.argv[1:2] == [_INSIDE]:
        _inside(Path(sys.argv[2]), sys.argv[3])
        return
    namespace = ["unshare", "--map-root-user", "--net"]
    allowed = shutil.which("unshare") and subprocess.run([*namespace, "true"], capture_output=True, check=False)
    if not allowed or allowed.returncode != 0:
        reason = allowed.stderr.decode().strip() if allowed else "there is no unshare"
        print(f"check-listen is skipped: this system permits no network namespace ({reason})")
        return
    with tempfile.TemporaryDirectory(prefix="hooksim-") as name, Simulator("--retry-schedule", "0s,1s") as simulator:
        folder = Path(name)
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(folder / "door"))
            door.listen(64)
            _carry(door, lambda: socket.create_connection(("127.0.0.1", simulator.port)))
            command = [*namespace, sys.executable, "-B", sys.argv[0], _INSIDE, str(folder), simulator.url]
            with Process(command, folder / "inside.log") as inside:
                try:
                    _check(simulator, inside)
                except BaseException:
                    print(inside.last_words(4000), file=sys.stderr)
                    raise
    print("check-listen: deliveries, failures and retries arrive where the simulator can't reach")


def _check(simulator: Simulator, inside: Process) -> None:
    target = inside.first_line()["target"]
    client = simulator.client
    # What only the namespace has is not reachable from the simulator.
    client.subscribe(f"http://127.0.0.1:{target}/", topic="payout_failed")
    client.trigger("payout_failed")
    client.expect("attempts", {"topic": "payout_failed", "failure": "connection_refused"}, at_least=1)

    client.trigger("invoice_paid", count=3)
    client.expect("events", {"topic": "invoice_paid", "status": "delivered"}, count=3)
    for attempt, status in ((1, 503), (2, 200)):
        client.expect("attempts", {"topic": "invoice_paid", "attempt": attempt, "status_code": status}, count=3)

    # The receiver inside responds to this topic by closing the connection.
    client.trigger("payout_paid")
    client.expect("events", {"topic": "payout_paid", "status": "failed"}, count=1)
    client.expect("attempts", {"topic": "payout_paid", "status_code": 502}, count=2)

    listeners = _listeners(simulator)
    assert [listener["is_connected"] for listener in listeners] == [True], listeners
    inside.stop()
    assert inside.process.returncode == 0, inside.last_words()
    assert not _listeners(simulator), "the subscriptions are left"


def _listeners(simulator: Simulator) -> list[Any]:
    found: list[Any] = simulator.client.control("GET", "/listeners")["data"]
    return found


def _inside(folder: Path, url: str) -> None:
    """Runs a receiver and `hooksim listen` in the namespace, until this process is asked to end."""
    _bring_up("lo")
    port = int(url.rpartition(":")[2])
    entrance = socket.create_server(("127.0.0.1", port), backlog=64)
    _carry(entrance, lambda: _connected(folder / "door"))

    def behave(delivery: Delivery, _: socket.socket) -> bytes | None:
        if json.loads(delivery.body)["topic"] == "payout_paid":
            return None
        return response(503 if delivery.attempt == 1 else 200)

    with Receiver(behave, port=free_port()) as receiver:
        command = [program(), "listen", "--url", url, "--topic", "invoice_paid", "--topic", "payout_paid"]
        listen = Process(
            [*command, "--forward-to", str(receiver.port)], folder / "listen.log", environment(), speaks=False
        )
        try:
            wait_until(lambda: "listening on" in listen.last_words(), PATIENCE, "hooksim listen")
            # It is blocked only now, since programs inherit the blocked signals.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            print(json.dumps({"target": receiver.port}), flush=True)
            signal.sigwait({signal.SIGTERM})
        finally:
            listen.process.send_signal(signal.SIGTERM)
            status = listen.process.wait(PATIENCE)
            print(listen.last_words(4000), file=sys.stderr, flush=True)
        assert status == 128 + signal.SIGTERM, f"hooksim listen has ended with {status}"


def _bring_up(interface: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, array.array("b", struct.pack("16sh14x", interface.encode(), _IFF_UP)))


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    return connection


def _carry(entrance: socket.socket, connect: Any) -> None:
    """Accepts connections in the background, and carries each to the socket that `connect` returns."""

    def copy(source: socket.socket, destination: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                destination.sendall(part)
        for end in (source, destination):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                one = entrance.accept()[0]
                other = connect()
                for source, destination in ((one, other), (other, one)):
                    threading.Thread(target=copy, args=(source, destination), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
